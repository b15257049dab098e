"""Programs that try to cheat, spy, harm or hang, each with what must come of it.

A program is the body of `attack(t)`: `t` holds the targets that the test made (paths, ports, process
numbers). What it returns is its prediction, so that what it got hold of can be looked for there.
`raise` and `return` are both fine: expected statuses say which endings are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from toolkit.evaluators import sandbox

OURS = [path.stem for path in Path(next(iter(sandbox.__path__))).glob("[a-z]*.py")]
REFUSED = ("ok", "crashed")  # an error is caught by the program, or it dies of it


@dataclass(frozen=True)
class Attack:
    """statuses: what the host may call it. reason: what its detail must hold."""

    name: str
    body: str
    statuses: tuple[str, ...] = REFUSED
    reason: str = ""


ATTACKS = [
    # time
    Attack("spin", "while True: pass", ("timeout",), "CPU time"),
    Attack("sleep", "time.sleep(1000)", ("timeout",), "on the clock"),
    Attack("recursion", "f = lambda n: f(n + 1)\nf(0)", ("crashed",), "RecursionError"),
    Attack("ignores signals", "for n in (1, 2, 3, 15, 24): signal.signal(n, signal.SIG_IGN)\n"
           "while True: pass", ("timeout",)),
    Attack("catches everything", "while True:\n  try:\n    while True: pass\n"
           "  except BaseException: pass", ("timeout",)),
    Attack("threads that never end", "for _ in range(3):\n"
           "  threading.Thread(target=time.sleep, args=(1000,)).start()\nreturn 'score'", ("ok",)),
    # memory
    Attack("private memory", "x = bytearray(3 << 30)\nfor i in range(0, len(x), 4096): x[i] = 1",
           ("oom",), "MemoryError"),
    Attack("shared memory", "x = mmap.mmap(-1, 3 << 30)\nfor i in range(0, len(x), 4096): x[i] = 1",
           ("ok", "crashed", "oom")),
    Attack("many small objects", "x = []\nwhile True: x.append(' ' * 100_000 + str(len(x)))",
           ("oom", "timeout")),
    Attack("memfd", "os.memfd_create('x'); return 'HARM'", REFUSED),
    Attack("shm file", "open('/dev/shm/hostile', 'w').write('x'); return 'HARM'"),
    Attack("system V shared memory",
           "n = libc.shmget(0, 1 << 20, 0o1600); return 'HARM' if n >= 0 else 'refused'"),
    # processes
    Attack("fork", "os.fork(); return 'HARM'"),
    Attack("fork bomb", "while True:\n  try: os.fork()\n  except OSError: break\nreturn 'refused'"),
    Attack("fork by clone", "n = libc.syscall(56, 17, 0, 0, 0, 0)\nif n == 0: os._exit(0)\n"
           "return 'HARM' if n > 0 else 'refused'"),
    Attack("thread bomb", "try:\n  for _ in range(5000):\n"
           "    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
           "except RuntimeError: return 'refused'\nreturn 'threads'", ("ok", "crashed", "oom")),
    Attack("subprocess", "subprocess.run(['/bin/sh', '-c', 'echo HARM']); return 'HARM'"),
    Attack("exec", "os.execv('/bin/true', ['true'])"),
    Attack("daemon", "subprocess.Popen(['sleep', '500'], start_new_session=True); return 'HARM'"),
    Attack("leaves its group", "os.setpgid(0, 0); return 'HARM'"),
    Attack("new session", "os.setsid(); return 'HARM'"),
    Attack("kill the server", "os.kill(os.getppid(), 9); return 'HARM'"),
    Attack("kill another", "os.kill(t['victim'], 9); return 'HARM'"),
    Attack("kill everybody", "os.kill(-1, 9); return 'HARM'"),
    Attack("signal by pidfd", "f = os.pidfd_open(t['victim']); signal.pidfd_send_signal(f, 9)\n"
           "return 'HARM'"),
    Attack("limits of the server", "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))\n"
           "return 'HARM'"),
    Attack("priority of the server", "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)\n"
           "return 'HARM'"),
    Attack("cores of the server", "os.sched_setaffinity(os.getppid(), {0}); return 'HARM'"),
    Attack("ptrace", "n = libc.ptrace(16, t['victim'], 0, 0)\nreturn 'HARM' if n >= 0 else 'no'"),
    # files
    Attack("writes a file", "open(t['folder'] + '/new', 'w').write('x'); return 'HARM'"),
    Attack("writes its own code", "open('main.py', 'w').write('x'); return 'HARM'"),
    Attack("writes in the temporary folder", "open('/tmp/hostile', 'w').write('x'); return 'HARM'"),
    Attack("deletes", "os.unlink(t['file']); return 'HARM'"),
    Attack("truncates", "os.truncate(t['file'], 0); return 'HARM'"),
    Attack("chmod", "os.chmod(t['file'], 0o777); return 'HARM'"),
    Attack("utime", "os.utime(t['file'], (1, 1)); return 'HARM'"),
    Attack("chown", "os.chown(t['file'], 1, 1); return 'HARM'"),
    Attack("symlink", "os.symlink('/etc/passwd', t['folder'] + '/link'); return 'HARM'"),
    Attack("hard link", "os.link(t['file'], t['folder'] + '/hard'); return 'HARM'"),
    Attack("rename", "os.rename(t['file'], t['folder'] + '/moved'); return 'HARM'"),
    Attack("large file", "open(t['folder'] + '/big', 'wb').write(bytes(50 << 20)); return 'HARM'"),
    Attack("extended attribute", "os.setxattr(t['file'], 'user.x', b'1'); return 'HARM'"),
    Attack("makes a folder", "os.mkdir(t['folder'] + '/sub'); return 'HARM'"),
    # secrets
    Attack("reads gold", "return open(t['file']).read()"),
    Attack("reads gold by a link of /proc", "return open('/proc/self/root' + t['file']).read()"),
    Attack("lists the folder", "return ' '.join(os.listdir(t['folder']))"),
    Attack("reads /etc/passwd", "return open('/etc/passwd').read()"),
    Attack("reads home", "return open(os.path.expanduser('~root/.bashrc')).read() + 'HARM'"),
    Attack("reads our scorer", "return open(t['ours']).read()"),
    Attack("reads keys", "for p in ('/root/.ssh', '/etc/shadow', '/etc/ssh', '/root/.netrc',\n"
           "          '/root/.aws/credentials', os.path.expanduser('~root/.config')):\n"
           "  for look in (os.listdir, open):\n    try: look(p); return 'HARM'\n"
           "    except OSError: pass\nreturn 'no'", ("ok",)),
    Attack("sockets of the machine", "return open('/proc/self/net/unix').read() + 'HARM'"),
    Attack("patches the scorer", "import importlib\n"
           "for n in ('toolkit.bench.judge', 'studies.locomo.scoring', 'judge', 'scoring'):\n"
           "  try: importlib.import_module(n).judge = lambda *a: 1.0; return 'HARM'\n"
           "  except ImportError: pass\nreturn 'no'", ("ok",)),
    Attack("imports the toolkit", "import toolkit.study.task; return 'HARM'", ("crashed",),
           "ModuleNotFoundError"),
    Attack("environment", "return json.dumps(dict(os.environ))", ("ok",)),
    Attack("environment of the server",
           "return open(f'/proc/{os.getppid()}/environ').read() + 'HARM'"),
    Attack("environment of the host", "return open(f\"/proc/{t['host']}/environ\").read() + 'HARM'"),
    Attack("memory of the host", "open(f\"/proc/{t['host']}/mem\", 'rb'); return 'HARM'"),
    Attack("memory by process_vm_readv", "b = ctypes.create_string_buffer(8)\n"
           "v = (ctypes.c_size_t * 2)(ctypes.addressof(b), 8)\n"
           "n = libc.process_vm_readv(t['victim'], v, 1, v, 1, 0)\n"
           "return 'HARM' if n > 0 else 'no'"),
    Attack("open files", "return ' '.join(os.readlink(f'/proc/self/fd/{n}') "
           "for n in os.listdir('/proc/self/fd') if os.path.islink(f'/proc/self/fd/{n}'))", ("ok",)),
    Attack("objects in memory", "import gc\nreturn str([o for o in gc.get_objects() "
           "if isinstance(o, dict) and 'gold' in o])[:2000]", ("ok",)),
    # network
    Attack("tcp", "socket.create_connection(('127.0.0.1', t['port'])); return 'HARM'"),
    Attack("udp", "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
           "s.sendto(b'x', ('127.0.0.1', t['port'])); return 'HARM'"),
    Attack("unix socket", "s = socket.socket(socket.AF_UNIX); s.connect(t['unix']); return 'HARM'"),
    Attack("a datagram from a pair", "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
           "a.sendto(b'x', t['unix']); return 'HARM'"),
    Attack("signal by a file's owner", "import fcntl\nr, w = os.pipe()\n"
           "fcntl.fcntl(r, 8, t['victim']); fcntl.fcntl(r, 10, 9)\n"
           "fcntl.fcntl(r, fcntl.F_SETFL, fcntl.fcntl(r, fcntl.F_GETFL) | os.O_ASYNC)\n"
           "os.write(w, b'x'); return 'HARM'"),
    Attack("a lock that others see", "import fcntl, struct\na, b = open(os.__file__), open(os.__file__)\n"
           "fcntl.fcntl(a, 37, struct.pack('hhqqi4x', 0, 0, 12345, 1, 0))\n"
           "found = fcntl.fcntl(b, 36, struct.pack('hhqqi4x', 1, 0, 0, 0, 0))\n"
           "if 12345 in struct.unpack('hhqqi4x', found): return 'HARM'\n"
           "fcntl.flock(a, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
           "fcntl.flock(b, fcntl.LOCK_EX | fcntl.LOCK_NB); return 'no lock'", ("ok",)),
    Attack("hears of others' files", "import fcntl\n"
           "fcntl.fcntl(os.open(os.path.dirname(os.__file__), 0), 1026, 1); return 'HARM'"),
    Attack("outlives its server", "return 'HARM' if libc.prctl(1, 0, 0, 0, 0) == 0 else 'no'"),
    Attack("watches names", "n = libc.inotify_init1(0)\nreturn 'HARM' if n >= 0 else 'no'"),
    Attack("attributes by a new call", "b = (ctypes.c_uint64 * 2)(0, 0)\n"
           "n = libc.syscall(463, -100, t['file'].encode(), 0, b'user.evil', b, 16)\n"
           "return 'HARM' if n >= 0 else 'no'"),
    Attack("many small threads", "threading.stack_size(32768)\ne = threading.Event()\n"
           "for _ in range(20_000): threading.Thread(target=e.wait, daemon=True).start()",
           ("crashed", "timeout", "oom")),
    Attack("pretends to be out of time", "os.kill(os.getpid(), signal.SIGXCPU)", ("crashed",)),
    Attack("half a surrogate in its error", "raise ValueError(chr(0xd800))", ("crashed",)),
    Attack("escapes for the terminal", "raise ValueError(chr(27) + '[2J')", ("crashed",)),
    Attack("netlink", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); return 'HARM'"),
    # the kernel
    Attack("raises its limits", "resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))\n"
           "return 'HARM'"),
    Attack("user namespace", "n = libc.unshare(0x10000000); return 'HARM' if n == 0 else 'no'"),
    Attack("mount", "n = libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)\n"
           "return 'HARM' if n == 0 else 'no'"),
    Attack("io_uring", "b = ctypes.create_string_buffer(120)\n"
           "return 'HARM' if libc.syscall(425, 4, b) >= 0 else 'no'"),
    Attack("bpf", "b = ctypes.create_string_buffer(64)\n"
           "return 'HARM' if libc.syscall(321, 0, b, 64) >= 0 else 'no'"),
    Attack("the other architecture's calls", "return 'HARM' if libc.syscall(0x40000000 + 39) > 0 "
           "else 'no'"),
    # how it ends
    Attack("os._exit", "os._exit(0)", ("crashed",), "returned no result"),
    Attack("sys.exit", "sys.exit(0)", ("crashed",), "SystemExit"),
    Attack("BaseException", "raise BaseException('bye')", ("crashed",), "bye"),
    Attack("an exception whose text raises", "class E(Exception):\n  def __str__(s): raise E()\n"
           "raise E()", ("crashed",)),
    Attack("segfault", "ctypes.string_at(0)", ("crashed",), "SIGSEGV"),
    Attack("abort", "os.abort()", ("crashed",), "SIGABRT"),
    Attack("closes everything", "os.closerange(0, 256); return 'x'", ("crashed",)),
    # output
    Attack("gigabytes of output", "while True: print('x' * 1_000_000)", ("crashed",), "output"),
    Attack("a result of 100 MB", "return 'x' * 100_000_000", ("crashed", "oom", "timeout")),
    Attack("a fake result", "os.write(3, b'\\0' * 7 + b'\\x02{}'); return 'x'", ("crashed",)),
    Attack("a fake result, then the end", "d = {'ok': True, 'value': [{'answer': 'forged', "
           "'retrieved': []}]}\n"
           "os.write(3, framed(json.dumps(d).encode())); os._exit(0)", ("ok",)),
    Attack("a double result", "d = json.dumps({'ok': True, 'value': []}).encode()\n"
           "os.write(3, framed(d)); return 'x'", ("crashed",), "not one frame"),
    Attack("a double result at once", "d = framed(json.dumps({'ok': True, 'value': []}).encode())\n"
           "os.write(3, d + d); os._exit(0)", ("crashed",), "not one frame"),
    Attack("a result without a stamp", "d = json.dumps({'ok': True, 'value': []}).encode()\n"
           "os.write(3, bytes(8) + len(d).to_bytes(8, 'big') + d); os._exit(0)", ("crashed",),
           "not one frame"),
    Attack("a frame that says it is endless", "os.write(3, framed(b'{}')[:8] + b'\\xff' * 8)\n"
           "time.sleep(1000)", ("crashed",), "result is larger"),
    Attack("a frame that never ends", "os.write(3, framed(b'{}')[:8] + (99).to_bytes(8, 'big'))\n"
           "time.sleep(1000)", ("timeout",), "on the clock"),
    Attack("a result byte by byte", "for one in framed(json.dumps({'ok': True, 'value': "
           "[{'answer': 'x'}]}).encode()): os.write(3, bytes([one])); time.sleep(0.001)\n"
           "os._exit(0)", ("ok",)),
    Attack("a flood of results", "d = framed(b'{}')\nwhile True: os.write(3, d)", ("crashed",),
           "result"),
    Attack("a flood without a stamp", "while True: os.write(3, bytes(1 << 16))", ("crashed",),
           "result"),
    Attack("calls of its own", "os.close(4)\nr, w = os.pipe(); os.dup2(r, 4)\n"
           "c = json.dumps([{}, [{}]]).encode()\n"
           "for _ in range(9): os.write(w, framed(c))\nos.close(w); return 'x'", ("crashed",),
           "result"),
    Attack("writes to its own calls", "f = os.open('/proc/self/fd/4', os.O_WRONLY)\n"
           "os.write(f, framed(b'[{}, [{}]]')); return 'x'",
           ("ok", "crashed", "timeout")),
    Attack("reads what it returns", "f = os.open('/proc/self/fd/3', os.O_RDONLY | os.O_NONBLOCK)\n"
           "def steal():\n  while True:\n    try: os.read(f, 9)\n    except OSError: pass\n"
           "threading.Thread(target=steal, daemon=True).start(); return 'x'",
           ("ok", "crashed", "timeout")),
    Attack("keeps the end of its calls away", "threading.f = os.open('/proc/self/fd/4', "
           "os.O_WRONLY)\nreturn 'x'", ("ok", "timeout")),
    Attack("a patched json", "json.dumps = lambda *a, **k: '{\"ok\": true, \"score\": 1}'\n"
           "return 'x'", ("crashed",), "malformed"),
    Attack("an answer that equals everything", "class A(str):\n  def __eq__(s, o): return True\n"
           "return A('x')", ("ok",)),
    Attack("NaN", "return float('nan')", ("crashed",)),
    Attack("infinity by text", "os.write(3, framed(b'{\"ok\": true, \"value\": [1e999]}'))\n"
           "os._exit(0)", ("crashed",), "malformed"),
    Attack("bytes", "return b'x'", ("crashed",), "not JSON serializable"),
    Attack("a pickle bomb", "class P:\n  def __reduce__(s): return (os.system, ('touch HARM',))\n"
           "return P()", ("crashed",), "not JSON serializable"),
    Attack("deep nesting", "x = []\nfor _ in range(100_000): x = [x]\nreturn x", ("crashed",)),
    Attack("a huge number", "return 10 ** 5000", ("crashed",)),
    Attack("half a surrogate", "return chr(0xd800)", ("crashed",)),
    # the machinery
    Attack("patches the importer", "import importlib\nimportlib.import_module = None\n"
           "sys.modules.clear(); return 'x'", ("ok", "crashed")),
    Attack("looks for our modules", "return ' '.join(n for n in sys.modules if n in "
           f"{('toolkit', *OURS)})", ("ok",)),
]  # fmt: skip

HEAD = """import ctypes, json, mmap, os, resource, signal, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)


def framed(body):
    # as the sandbox would write it: its stamp is no secret from who is asked
    at = sys._getframe()
    while "host" not in at.f_locals:
        at = at.f_back
    return at.f_locals["host"].stamp + len(body).to_bytes(8, "big") + body


def run(conversation, questions, parameters, services):
    try:
        answer = attack(parameters)
    except (OSError, ImportError) as error:
        if isinstance(error, ModuleNotFoundError):
            raise
        answer = f"refused: {error.strerror}"
    return [{"answer": answer, "retrieved": []}]


def attack(t):
"""


def code(attack: Attack) -> bytes:
    """The program's only file."""
    return (HEAD + "\n".join(f"    {line}" for line in attack.body.split("\n")) + "\n").encode()
