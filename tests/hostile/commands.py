"""The corpus for studies whose entry is a command: what it may do besides, and what it tries then.

A command may start processes; so some attacks of the corpus are no attacks here, and those on the
frame of a result have no frame to forge.
"""

from __future__ import annotations

from hostile.corpus import ATTACKS, HEAD, Attack

NO_ATTACK = {
    "fork", "fork by clone", "subprocess", "exec", "daemon", "leaves its group", "new session",
    # its signals reach what it started, and nobody else
    "kill everybody",
    # it has processes that lock files against each other
    "a lock that others see",
    # the line of its source is in what it prints
    "imports the toolkit",
}  # fmt: skip
NO_FRAME = {
    "os._exit", "sys.exit", "BaseException", "a fake result", "a fake result, then the end",
    "a double result", "a double result at once", "a result without a stamp", "a patched json",
    "a frame that says it is endless", "a frame that never ends", "a result byte by byte",
    "a flood of results", "a flood without a stamp", "calls of its own", "writes to its own calls",
    "reads what it returns", "keeps the end of its calls away", "infinity by text", "closes everything", "threads that never end",
    "patches the importer", "a result of 100 MB",
    # what it prints is its result
    "gigabytes of output",
}  # fmt: skip
MARK = "86399.125"  # seconds to sleep: a process that is left behind is found by it
BACKGROUND = f"subprocess.Popen(['sleep', '{MARK}'], start_new_session=True)"

COMMAND_ATTACKS = [
    *(one for one in ATTACKS if one.name not in NO_ATTACK | NO_FRAME),
    # what lives on
    Attack("a daemon", f"{BACKGROUND}; return 'x'", ("ok",)),
    Attack("a grandchild of two forks",
           "if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n"
           f"    os.execvp('sleep', ['sleep', '{MARK}'])\n  os._exit(0)\n"
           "os.wait(); time.sleep(0.2); return 'x'", ("ok",)),
    Attack("a daemon that ignores signals and holds the pipes",
           "if os.fork() == 0:\n  os.setsid()\n  for n in range(1, 65):\n    try: signal.signal(n, 1)\n"
           f"    except (OSError, ValueError): pass\n  os.execvp('sleep', ['sleep', '{MARK}'])\n"
           "time.sleep(0.2); return 'x'", ("ok",)),
    Attack("a daemon of one that crashes", f"{BACKGROUND}; os.abort()", ("crashed",), "SIGABRT"),
    Attack("a daemon at a deadline", f"{BACKGROUND}\nwhile True: pass", ("timeout",), "CPU time"),
    Attack("a stopped child", f"p = {BACKGROUND}\np.send_signal(19); return 'x'", ("ok",)),
    # bombs
    Attack("a bomb", "while True:\n  try: os.fork()\n  except OSError: pass", ("timeout",)),
    Attack("a bomb of sessions", "while True:\n  try:\n    if os.fork() == 0: os.setsid()\n"
           "  except OSError: pass", ("timeout",)),
    Attack("a bomb of the shell", "subprocess.run(['sh', '-c', 'f() { f | f & }; f; sleep 30'])\n"
           "return 'x'", ("timeout", "ok", "crashed")),
    Attack("a chain of one-child generations", "while True:\n  if os.fork(): os._exit(0)\n"
           "  os.setsid()", ("timeout", "crashed")),
    Attack("CPU time in children", "for _ in range(3): os.fork()\nwhile True: pass", ("timeout",),
           "CPU time"),
    Attack("CPU time in children that nobody waits for", "signal.signal(signal.SIGCHLD, 1)\n"
           "while True:\n  if os.fork() == 0:\n    for _ in range(10 ** 7): pass\n    os._exit(0)\n"
           "  time.sleep(0.05)", ("timeout",)),
    Attack("memory in children", "for _ in range(5):\n  if os.fork() == 0: break\n"
           "x = bytearray(100 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\ntime.sleep(20)",
           ("oom", "timeout"), ""),
    Attack("threads in children", "for _ in range(4): os.fork()\ntry:\n  for _ in range(60):\n"
           "    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
           "except RuntimeError: pass\ntime.sleep(20)", ("crashed", "oom", "timeout")),
    # by way of other programs
    Attack("reads gold with a tool", "return subprocess.run(['cat', t['file']], "
           "capture_output=True, text=True).stdout"),
    Attack("reads gold in a new session", "return subprocess.run(['cat', t['file']], "
           "capture_output=True, text=True, start_new_session=True).stdout"),
    Attack("reads our scorer with a tool", "d = subprocess.run(['cat', t['ours']], "
           "capture_output=True, text=True).stdout\nreturn 'HARM' if d else 'no'"),
    Attack("reads /etc/passwd with a tool", "return subprocess.run(['cat', '/etc/passwd'], "
           "capture_output=True, text=True).stdout"),
    Attack("writes with a tool", "subprocess.run(['sh', '-c', 'echo x > ' + t['folder'] + '/new'])\n"
           "return 'x'"),
    Attack("removes with a tool", "subprocess.run(['rm', '-rf', t['folder']]); return 'x'"),
    Attack("becomes another with a tool", "subprocess.run(['su', '-c', 'cat ' + t['file']], "
           "stdin=subprocess.DEVNULL)\nreturn subprocess.run(['unshare', '-r', 'cat', t['file']], "
           "capture_output=True, text=True).stdout"),
    Attack("a socket in a child", "code = f\"import socket; socket.create_connection(('127.0.0.1', "
           "{t['port']}))\"\nr = subprocess.run([sys.executable, '-c', code])\n"
           "return 'no' if r.returncode else 'HARM'"),
    Attack("kills with a tool", "for p in (t['victim'], t['host'], -1, os.getppid()):\n"
           "  subprocess.run(['sh', '-c', f'kill -9 {p}'])\nreturn 'x'", ("ok", "crashed")),
    Attack("kills everybody in reach", "os.kill(-1, 9); return 'x'"),
    Attack("imports our scorer", "import toolkit.bench.judge", ("crashed",), "ModuleNotFoundError"),
    Attack("kills its keeper", "os.kill(os.getppid(), 9); return 'HARM'"),
    Attack("stops its keeper", "os.kill(os.getppid(), 19); return 'HARM'"),
    Attack("environment of its keeper",
           "return open(f'/proc/{os.getppid()}/environ').read() + 'HARM'"),
    Attack("environment in a child", "return subprocess.run(['env'], capture_output=True, "
           "text=True).stdout", ("ok",)),
    Attack("runs what it wrote", "open(os.path.join(t['folder'], 'x'), 'w').write('HARM')"),
    Attack("traces its child", "p = subprocess.Popen(['sleep', '5'])\n"
           "return 'HARM' if libc.ptrace(16, p.pid, 0, 0) == 0 else 'no'"),
    # output
    Attack("gigabytes on its error output", "while True: os.write(2, b'x' * 1_000_000)",
           ("crashed",), "output"),
    Attack("gigabytes of result", "while True: os.write(1, b'x' * 1_000_000)", ("crashed",),
           "result"),
    Attack("prints before its result", "print('hello'); return 'x'", ("crashed",), "malformed"),
    Attack("two results", "print('[[]]'); return 'x'", ("crashed",), "malformed"),
    Attack("no result", "os._exit(0)", ("crashed",), "returned no result"),
    Attack("a result and a failure", "print('[[]]', flush=True); os._exit(3)", ("crashed",),
           "exited with 3"),
    Attack("a result of a child that outlives it", "if os.fork() == 0:\n  os.setsid(); "
           "time.sleep(1)\n  print('[[{\"answer\": \"HARM\"}]]', flush=True); os._exit(0)\n"
           "os._exit(0)", ("crashed",), "returned no result"),
]  # fmt: skip

TAIL = """

if __name__ == "__main__":
    job = json.load(sys.stdin)
    print(json.dumps([run(*call, job["parameters"], {}) for call in job["calls"]]))
"""


def command_code(attack: Attack) -> bytes:
    """The program's only file."""
    body = "\n".join(f"    {line}" for line in attack.body.split("\n"))
    return (HEAD + body + "\n" + TAIL).encode()
