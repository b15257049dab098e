"""The system calls that no program under study needs, by architecture.

Numbers: Linux's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
"""

from __future__ import annotations

# machine: (its place in the tables of this file, its number in the kernel's audit.h)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# name: (x86_64, aarch64)
DENIED: dict[str, tuple[int, int]] = {
    # the network; a connected pair of one's own is harmless, and asyncio needs one
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "bind": (49, 200),
    "listen": (50, 201), "accept4": (288, 242),
    # programs, and processes that outlive their parent
    "execve": (59, 221), "execveat": (322, 281), "setpgid": (109, 154), "setsid": (112, 157),
    # other processes
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # large attack surfaces of the kernel
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    # namespaces, mounts, the machine
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "sethostname": (170, 161), "setdomainname": (171, 162),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "acct": (163, 89), "quotactl": (179, 60), "syslog": (103, 116),
    "vhangup": (153, 58),
    "sync": (162, 81), "syncfs": (306, 267), "quotactl_fd": (443, 443),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "personality": (135, 92), "fanotify_init": (300, 262),
    # names of files that may not be listed
    "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    # other users
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159),
    # memory outside RLIMIT_DATA and RLIMIT_AS, and what outlives a process
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # changes of a file that Landlock does not cover
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "fchown": (93, 55),
    "fchownat": (260, 54), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "truncate": (76, 45),
}  # fmt: skip
# calls that only x86_64 has
DENIED_X86_64 = {
    "fork": 57, "vfork": 58, "chmod": 90, "chown": 92, "lchown": 94, "utime": 132, "utimes": 235,
    "futimesat": 261, "inotify_init": 253, "iopl": 172, "ioperm": 173, "modify_ldt": 154,
}  # fmt: skip
# allowed where the first argument is one's own process
OWN: dict[str, tuple[int, int]] = {"kill": (62, 129), "tgkill": (234, 131)}
# allowed where the first argument is one's own process, or 0, which means it
OWN_OR_ZERO: dict[str, tuple[int, int]] = {
    "prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
}  # fmt: skip
# refused with some values of an argument: {name: (numbers, which argument, values)}
REFUSED_VALUES: dict[str, tuple[tuple[int, int], int, tuple[int, ...]]] = {
    # signals by way of a file's owner: F_SETOWN, F_SETSIG, F_SETOWN_EX; and what tells of others'
    # use of a file: F_SETLEASE, F_NOTIFY
    "fcntl": ((72, 25), 1, (8, 10, 15, 1024, 1026)),
    # the same (FIOSETOWN, SIOCSPGRP), and a file's attributes (FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR)
    "ioctl": ((16, 29), 1, (0x8901, 0x8902, 0x40086602, 0x401C5820)),
    # PR_SET_PDEATHSIG: it dies with its server; PR_SET_DUMPABLE: the server sees its open files
    "prctl": ((157, 167), 0, (1, 4)),
    # datagrams can be addressed to any socket of the machine; a stream has its one peer
    "socketpair": (
        (53, 199),
        1,
        tuple(kind | flags for kind in (2, 3) for flags in (0, 0o4000, 0o2000000, 0o2004000)),
    ),
}
# for cards: their driver's library listens on an abstract Unix socket. Who may not make another
# socket has nothing else to give to these; `connect` stays denied.
LISTENING = ("bind", "listen", "accept", "accept4")
SOCKET = DENIED["socket"]
UNIX = 1
STREAMS = tuple(kind | flags for kind in (1, 5) for flags in (0, 0o4000, 0o2000000, 0o2004000))
# what copies of files end with, as in shutil.copy: a program that may write its tree is told that
# it was done. To do it would reach files elsewhere, since Landlock does not know these calls.
PRETENDED = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat", "utime",
    "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr",
)  # fmt: skip
# calls that are newer than these tables are unknown to the program: it does as on an older kernel
NEWEST = 462  # mseal
# threads yes, processes no; clone3 hides its flags in memory, so glibc is told to use clone
CLONE = (56, 220)
CLONE3 = (435, 435)
SECCOMP = (317, 277)
# a function has no second process to lock a file against. To do it would tell another evaluation
# something: any file that may be read can be locked, at a place that says as much as it likes.
FLOCK = (73, 32)
FCNTL = (72, 25)
LOCKS = (6, 7, 37, 38)  # F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW
SIGACTION = (13, 134)
CAPSET = (126, 91)


def forks(column: int) -> list[int]:
    """The calls beside clone that start a process."""
    return [DENIED_X86_64["fork"], DENIED_X86_64["vfork"]] if column == 0 else []


def processes_allowed(column: int) -> set[int]:
    """Calls that a command may make and a function may not: start others, and lead a session."""
    names = ("execve", "execveat", "setpgid", "setsid")
    return {*forks(column), *(DENIED[name][column] for name in names)}


def listening(column: int) -> set[int]:
    """Calls that a program with cards may make, of Unix sockets that are streams or packets."""
    return {DENIED[name][column] for name in (*LISTENING, "socket")}


def pretended(column: int) -> set[int]:
    """Numbers of the calls that do nothing, and say that they did it."""
    found = {DENIED[name][column] for name in PRETENDED if name in DENIED}
    more = {DENIED_X86_64[name] for name in PRETENDED if name in DENIED_X86_64}
    return found | more if column == 0 else found


def denied(column: int) -> list[int]:
    """The numbers for one architecture: column 0 is x86_64, 1 is aarch64."""
    found = [row[column] for row in DENIED.values()]
    return found + list(DENIED_X86_64.values()) if column == 0 else found
