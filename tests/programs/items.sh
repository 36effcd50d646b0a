# shellcheck shell=bash
# The real programs, one function each. An item runs in an empty directory of its own, under whatever preload its
# environment names, and may print or leave in ./result only what is the same in every good run. `needs_NAME`, where
# there is one, says what is missing (nothing: the item can run).

# shellcheck disable=SC2034,SC2154 # the other half of the script uses the one and sets the other
# MEMO_SOURCE is a copy of some C++ sources to work on.

# Every item, in the order of running; and those that also run over other allocators.
all_items=(gxx python git sqlite perl xz redis node shell limits java rustc go)
few_items=(gxx python_json sqlite git)

# Items that are large to install: left out where they are not there, whatever else must be.
rare_items=" java rustc go "

# Items that are not run on a plan: they limit their own addresses, and a plan's arenas keep theirs.
unplanned_items=" limits "

# Items whose longest process ends by _exit (dash does) and leaves no statistics.
silent_items=" shell "

# Items whose requests come in an order that depends on when others speak: a plan of one run may begin with what no other run
# asks for, and then serves nothing. Recorded and run again, up to three times.
timed_items=" redis "

need_commands() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || { echo "no $command"; return; }
    done
}

needs_gxx() { need_commands g++; }
item_gxx() {
    mkdir result
    local source
    for source in problem_csv greedy; do
        g++ -std=c++20 -O2 -Wall -I "$MEMO_SOURCE" -c "$MEMO_SOURCE/planner/$source.cpp" -o "result/$source.o" || return
    done
}

# Python's own tests; the lines that say what passed, without the times.
python_tests() {
    /usr/bin/python3 -m test "$@" >log 2>&1
    local code=$?
    if [ $code -ne 0 ]; then cat log; fi
    grep -E '^(All [0-9]+ tests OK|[0-9]+ tests? (OK|failed|skipped))' log
    return $code
}
needs_python_json() {
    /usr/bin/python3 -c 'import test.test_json' 2>/dev/null || echo "no libpython3.11-testsuite"
}
needs_python() { needs_python_json; }
item_python_json() { python_tests test_json; }
item_python() { python_tests test_json test_threading test_subprocess; }

needs_git() { need_commands git; }
item_git() {
    export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_AUTHOR_DATE='2020-01-01T00:00:00Z'
    export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
    git init -q -b main work && cd work || return
    local commit
    for commit in 1 2 3 4 5; do
        mkdir -p "dir$commit"
        cp -r "$MEMO_SOURCE/planner" "$MEMO_SOURCE/common" "dir$commit/"
        seq "$commit" 5000 >numbers
        git add . && git commit -q -m "commit $commit" || return
    done
    git log --stat && git gc -q && git fsck && git diff --stat HEAD~3 HEAD && git grep -c include | sort | tail -5
}

needs_sqlite() { need_commands sqlite3; }
item_sqlite() {
    sqlite3 rows.db <<'SQL'
CREATE TABLE rows(id INTEGER PRIMARY KEY, name TEXT, value REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
INSERT INTO rows SELECT i, 'name ' || (i * 7919 % 60000), i * 0.25 FROM n;
CREATE INDEX by_name ON rows(name);
SELECT count(*), sum(value), min(name), max(name) FROM rows;
SELECT a.id, b.id FROM rows a JOIN rows b ON a.name = 'name ' || b.id WHERE a.id % 6000 = 0 ORDER BY a.id;
UPDATE rows SET name = upper(name) || hex(id) WHERE id % 3 = 0;
DELETE FROM rows WHERE id % 5 = 0;
SELECT substr(name, -2) AS tail, count(*), group_concat(id % 10, '') FROM rows WHERE id < 300 GROUP BY tail ORDER BY tail;
PRAGMA integrity_check;
VACUUM;
SQL
    sqlite3 rows.db .dump | cksum
}

needs_perl() { need_commands perl; }
item_perl() {
    PERL_HASH_SEED=1 perl -e '
        my (%count, @lines);
        for my $i (1 .. 60000) { push @lines, "line $i of " . ($i * 7919 % 10007) . " with some text" x ($i % 5); }
        for (@lines) { while (/(\d+)|(\w+)/g) { $count{defined $1 ? $1 % 100 : $2}++; } }
        my $text = join "\n", @lines;
        my $changed = ($text =~ s/(\d)(\d)/$2$1/g);
        print "$changed ", length($text), " ", unpack("%32C*", $text), "\n";
        print "$_ $count{$_}\n" for sort keys %count;'
}

needs_xz() { need_commands xz; }
item_xz() {
    seq 1 2800000 >data
    xz -T2 -k -1 --block-size=4MiB data && xz -dc -T2 data.xz | cmp - data && cksum data.xz
}

needs_redis() { need_commands redis-server redis-benchmark redis-cli; }
item_redis() {
    local try server port
    for try in 1 2 3 4 5; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
        redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --logfile server.log &
        server=$!
        for _ in $(seq 100); do
            [ "$(redis-cli -p "$port" ping 2>/dev/null)" = PONG ] && break 2
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
        kill "$server" 2>/dev/null
        wait "$server"
        [ "$try" = 5 ] && { echo "the server does not start"; cat server.log; return 1; }
    done
    redis-benchmark -p "$port" -n 20000 -c 20 -d 200 -r 1000 -q -t set,get,incr,lpush,lpop,sadd,hset,zadd,mset \
        | tr '\r' '\n' | sed -n 's/^\(.*\): [0-9.]* requests per second.*/\1/p'
    redis-cli -p "$port" eval 'for i = 1, 5000 do redis.call("set", "k" .. i, string.rep("x", i)) end
        local n = 0 for i = 1, 5000 do n = n + redis.call("strlen", "k" .. i) end return n' 0
    redis-cli -p "$port" flushall
    redis-cli -p "$port" shutdown nosave
    wait "$server"
}

needs_node() { need_commands node; }
item_node() {
    node - <<'JS'
const { Worker } = require('worker_threads');
const work = `
  const { parentPort, workerData } = require('worker_threads');
  let sum = 0;
  for (let i = 0; i < 200; i++) {
    const bytes = Buffer.alloc(1000 + i * 100, workerData);
    const copy = JSON.parse(JSON.stringify(Array.from(bytes.subarray(0, 500))));
    sum += copy.reduce((a, b) => a + b, 0) + require('zlib').gunzipSync(require('zlib').gzipSync(bytes)).length;
  }
  parentPort.postMessage([workerData, sum]);`;
const results = [];
let left = 6;
for (let i = 1; i <= 6; i++) {
  const worker = new Worker(work, { eval: true, workerData: i });
  worker.on('message', (m) => results.push(m));
  worker.on('error', (e) => { console.error(e); process.exitCode = 1; });
  worker.on('exit', () => { if (--left === 0) console.log(JSON.stringify(results.sort((a, b) => a[0] - b[0]))); });
}
JS
}

item_shell() {
    # shellcheck disable=SC2016 # the inner shell expands
    sh -c 'i=0; while [ $i -lt 300 ]; do x=$(echo $i | tr 0-9 a-j); i=$((i + 1)); done; echo "$i $x"'
}

# A shell that limits itself, and what it starts then: in python, after it has had large blocks.
needs_limits() { [ -x /usr/bin/python3 ] || echo "no python3"; }
item_limits() {
    bash -c 'text=$(seq 200000); text=$text$text; ulimit -v 400000
        for ((i = 0; i < 100; ++i)); do last=$(echo $i ${#text}); done; echo "$last $(ulimit -v)"'
    /usr/bin/python3 - <<'PY'
import os, resource, subprocess
blocks = [bytes([i]) * (200000 + i) for i in range(200)]
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
blocks += [bytes(3000) for i in range(20000)] + [bytes(300000) for i in range(200)]
try:
    blocks.append(bytearray(b"x" * (2 << 30)))
except MemoryError:
    print("refused")
print(sum(map(len, blocks)), subprocess.run(["true"]).returncode, resource.getrlimit(resource.RLIMIT_AS))
PY
}

# Large to install: they run where they are.
needs_java() { need_commands java javac; }
item_java() {
    cat >Sums.java <<'JAVA'
import java.util.*;
import java.util.stream.*;
public class Sums {
    public static void main(String[] arguments) throws Exception {
        long sum = IntStream.range(0, 200000).parallel().mapToLong(i -> Integer.toString(i).hashCode()).sum();
        List<byte[]> blocks = new ArrayList<>();
        for (int i = 0; i < 500; i++) blocks.add(new byte[100000 + i]);
        java.nio.ByteBuffer direct = java.nio.ByteBuffer.allocateDirect(4 << 20);
        for (int i = 0; i < 1000; i++) direct.putInt(i * 4, i);
        Thread[] threads = new Thread[8];
        long[] parts = new long[8];
        for (int t = 0; t < 8; t++) {
            final int self = t;
            threads[t] = new Thread(() -> {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < 50000; i++) text.append(i % (self + 2));
                parts[self] = text.toString().hashCode();
            });
            threads[t].start();
        }
        for (Thread thread : threads) thread.join();
        System.out.println(sum + " " + blocks.size() + " " + direct.getInt(400) + " " + Arrays.toString(parts));
    }
}
JAVA
    javac Sums.java && java -Xmx256m Sums
}

needs_rustc() { need_commands rustc; }
item_rustc() {
    cat >sums.rs <<'RUST'
use std::collections::HashMap;
use std::thread;
fn main() {
    let parts: Vec<u64> = (0..4u64).map(|t| thread::spawn(move || {
        let mut words: HashMap<String, u64> = HashMap::new();
        for i in 0..20000u64 { *words.entry(format!("{}", i * 7919 % 1000 + t)).or_insert(0) += i; }
        let large: Vec<u64> = (0..100000).map(|i| i * t).collect();
        words.values().sum::<u64>() + large.iter().sum::<u64>()
    })).map(|thread| thread.join().unwrap()).collect();
    println!("{:?}", parts);
}
RUST
    rustc -O sums.rs -o sums && ./sums
}

needs_go() { need_commands go; }
item_go() {
    cat >sums.go <<'GO'
package main

import "fmt"

func main() {
	parts := make(chan int)
	for t := 1; t <= 4; t++ {
		go func() {
			words := map[string]int{}
			for i := 0; i < 20000; i++ { words[fmt.Sprint(i%1000*t)] += i }
			large := make([]int, 100000)
			parts <- len(words) + len(large)
		}()
	}
	sum := 0
	for t := 0; t < 4; t++ { sum += <-parts }
	fmt.Println(sum)
}
GO
    HOME=$PWD GOCACHE=$PWD/cache GO111MODULE=off go run sums.go
}
