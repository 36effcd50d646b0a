"""The programs of scripts/bench_passthrough.sh, from which nothing repeats that a plan could serve, and what they work on:
generated here, from seeds, nothing downloaded. Each is a function of an environment that runs the program once and returns
the CPU seconds, user and system, of it and of its children.
"""

import os
import random
import shutil
import subprocess
import time

FOLDER = os.path.abspath("build/bench/passthrough")
CPP, SQL, REPOSITORY = (f"{FOLDER}/{name}" for name in ("many.cpp", "rows.sql", "repository"))
SOCKET = "redis.sock"  # in FOLDER, which may be too long a path for a socket
FORKS = 300


def cpu_of(process):
    """Waits for it; the end of the run if it failed."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def command(*words, stdin=None):
    """A program that is one command."""
    def run(environment):
        with open(stdin or os.devnull, "rb") as given:
            process = subprocess.Popen(words, env=environment, cwd=FOLDER, stdin=given, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        return cpu_of(process)
    return run


def redis(environment):
    """The server's time alone: the benchmark that asks it has the ordinary allocator."""
    server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", SOCKET, "--save", "", "--appendonly", "no"],
                              env=environment, cwd=FOLDER, stdout=subprocess.DEVNULL)
    quiet = {"cwd": FOLDER, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    while subprocess.run(["redis-cli", "-s", SOCKET, "ping"], check=False, **quiet).returncode != 0:
        if server.poll() is not None:
            raise RuntimeError("redis-server does not start")
        time.sleep(0.05)
    subprocess.run(["redis-benchmark", "-s", SOCKET, "-q", "-n", "60000", "-r", "50000", "-d", "200", "-P", "16",
                    "-t", "set,get,lpush,lpop,hset,sadd,zadd"], check=True, **quiet)
    subprocess.run(["redis-cli", "-s", SOCKET, "shutdown", "nosave"], check=False, **quiet)
    return cpu_of(server)


def write_cpp():
    """Templates of the standard library, of types of their own each time, as in a large translation unit."""
    with open(CPP, "w", encoding="ascii") as file:
        file.write("#include <algorithm>\n#include <map>\n#include <memory>\n#include <string>\n#include <vector>\n")
        for k in range(8):
            file.write(f"""
struct Item{k} {{ int key; std::string name; double weight; }};
double total{k}(const std::vector<Item{k}>& items) {{
    std::map<std::string, std::unique_ptr<Item{k}>> found;
    for (const auto& item : items) found[item.name] = std::make_unique<Item{k}>(item);
    std::vector<Item{k}> order(items);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {{ return a.key < b.key; }});
    double sum = 0;
    for (auto& [name, item] : found) sum += item->weight * static_cast<double>(name.size() + {k});
    return sum + order.front().weight;
}}
""")


def write_sql():
    with open(SQL, "w", encoding="ascii") as file:
        file.write("""
create table t(id integer primary key, name text, weight real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 150000)
    insert into t select i, 'name' || (i * 7919 % 100003), i * 0.5 from n;
create index by_name on t(name);
select count(*), sum(weight), group_concat(substr(name, 1, 5)) from t where id % 3 = 0;
select a.name, count(*) from t a join t b on a.name = b.name group by a.name order by 2 desc limit 5;
delete from t where id % 2 = 0;
update t set name = name || name where id % 5 = 0;
select count(distinct name) from t;
""")


def write_repository():
    git = lambda *words: subprocess.run(["git", "-C", REPOSITORY, "-c", "user.name=a", "-c", "user.email=a@a", "-c", "gc.auto=0",
                                         *words], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(REPOSITORY, ignore_errors=True)
    os.makedirs(REPOSITORY)
    git("init", "-q")
    draw = random.Random(1)
    for commit in range(20):
        for number in range(300) if commit == 0 else draw.sample(range(300), 30):
            path = f"{REPOSITORY}/part{number % 20}/file{number}.txt"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "a", encoding="ascii") as file:
                file.writelines(f"{draw.getrandbits(64):x} {draw.getrandbits(32)}\n" for _ in range(40))
        git("add", ".")
        git("commit", "-qm", f"commit {commit}")


def prepare():
    os.makedirs(FOLDER, exist_ok=True)
    for path, write in ((CPP, write_cpp), (SQL, write_sql), (f"{REPOSITORY}/.git/HEAD", write_repository)):
        if not os.path.exists(path):
            write()


GIT = (f"cd {REPOSITORY} && git status --porcelain && git log -p --stat && "
       "git -c pack.threads=1 -c gc.auto=0 gc -q --aggressive --prune=now && git fsck --full --no-progress")
LOOP = f"i=0; while [ $i -lt {FORKS} ]; do %s; i=$((i + 1)); done"

# Name: title, what to run.
PROGRAMS = {
    "gcc": ("gcc -O2, one large C++ file", command("g++", "-O2", "-c", CPP, "-o", "/dev/null")),
    "redis": ("redis-server, asked by redis-benchmark", redis),
    "git": ("git status, log, gc and fsck", command("sh", "-c", GIT)),
    "python": ("python's own tests: json, set, re",
               command("/usr/bin/python3", "-m", "test", "-q", "test_json", "test_set", "test_re")),
    "sqlite": ("sqlite, inserts and selects in memory", command("sqlite3", ":memory:", stdin=SQL)),
    "shell": (f"a shell that starts /bin/true {FORKS} times", command("sh", "-c", LOOP % "/bin/true")),
    "subshell": (f"a shell that forks {FORKS} times and starts nothing", command("sh", "-c", LOOP % "( : )")),
}
