// Runs a program on a disk that is slow, full or gone: every write of the tracer's (which keeps its file at
// descriptor 1000 or above) waits for us by seccomp's user notification, and we decide what comes of it.
//
//   disk slow MILLISECONDS PROGRAM ARGS   lets each write wait
//   disk full WRITES PROGRAM ARGS         lets so many pass, and answers all others with "no space left"
//   disk cut WRITES PROGRAM ARGS          lets so many pass, writes half of the next one, and kills the
//   program
//
// LD_PRELOAD is set for the program alone, to MEMO_DISK_PRELOAD. The exit code is the program's, 128 + N
// where signal N ended it, 77 where the kernel does not let us, and 78 where there was nothing to decide.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int kNotPossible = 77;
constexpr int kNothingSeen = 78;
constexpr unsigned kLowest = 1000;  // the tracer's descriptors

// Every write to a high descriptor asks the one who holds what this returns.
int install_filter() {
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kLowest, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return static_cast<int>(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

bool send_descriptor(int socket, int descriptor) {
    char byte = 0;
    iovec data = {&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, 0) == 1;
}

int receive_descriptor(int socket) {
    char byte = 0;
    iovec data = {&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
    const cmsghdr* head = CMSG_FIRSTHDR(&message);
    if (head == nullptr || head->cmsg_type != SCM_RIGHTS) return -1;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
    return descriptor;
}

// Half of what the program asked to write, in its file.
void write_half(const seccomp_notif& asked) {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, asked.pid, 0));
    const int file = static_cast<int>(syscall(SYS_pidfd_getfd, process, asked.data.args[0], 0));
    std::vector<char> bytes(asked.data.args[2] / 2);
    iovec here = {bytes.data(), bytes.size()};
    iovec there = {reinterpret_cast<void*>(asked.data.args[1]), bytes.size()};  // NOLINT
    if (process_vm_readv(static_cast<pid_t>(asked.pid), &here, 1, &there, 1, 0) > 0 &&
        write(file, bytes.data(), bytes.size()) < 0) {
        std::perror("disk: half a write");
    }
    close(file);
    close(process);
}

// Answers until the program has ended; how many writes were decided.
long supervise(int listener, pid_t program, const std::string& mode, long number) {
    for (long count = 0;; ++count) {
        pollfd wait = {listener, POLLIN, 0};
        while (poll(&wait, 1, 10) == 0) {
            siginfo_t ended = {};
            if (waitid(P_PID, static_cast<id_t>(program), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                ended.si_pid == program) {
                return count;
            }
        }
        if ((wait.revents & POLLIN) == 0) return count;  // nobody is left who could ask
        seccomp_notif asked = {};
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) {
            if (errno != EINTR && errno != ENOENT) return count;
            --count;  // interrupted, or the one who asked is gone
            continue;
        }
        seccomp_notif_resp answer = {};
        answer.id = asked.id;
        answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        if (mode == "slow") usleep(static_cast<useconds_t>(number) * 1000);
        if (mode == "full" && count >= number) {
            answer.flags = 0;
            answer.error = -ENOSPC;
        }
        if (mode == "cut" && count >= number) {
            write_half(asked);
            kill(program, SIGKILL);
            return count + 1;
        }
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

int run(const std::string& mode, long number, char** arguments, const char* preload) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return kNotPossible;
    const pid_t program = fork();
    if (program == 0) {
        const int listener = install_filter();
        if (listener < 0 || !send_descriptor(sockets[1], listener)) _exit(kNotPossible);
        close(listener);
        setenv("LD_PRELOAD", preload, 1);
        execv(arguments[0], arguments);
        _exit(127);
    }
    close(sockets[1]);
    const int listener = receive_descriptor(sockets[0]);
    const long decided = listener < 0 ? 0 : supervise(listener, program, mode, number);
    int status = 0;
    waitpid(program, &status, 0);
    if (listener < 0) return kNotPossible;
    if (mode == "slow" ? decided < 10 : decided <= number) return kNothingSeen;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
    const char* const preload = std::getenv("MEMO_DISK_PRELOAD");
    if (argc < 4 || preload == nullptr) return 2;
    return run(argv[1], std::strtol(argv[2], nullptr, 10), argv + 3, preload);
}
