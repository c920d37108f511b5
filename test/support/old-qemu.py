#!/usr/bin/python3
"""An emulator from before QMP, as far as a daemon can see: prints what was recorded of a real one (the file of its own name
with .record behind it), refuses options that its help does not list, and speaks the text monitor on the socket or pty that it
is told to, with the prompt and the echo of its time. No guest is emulated; a serial port gives back what it gets in capitals.
"""
import os, pty, re, select, socket, sys, tty

name = os.path.basename(sys.argv[0])
args = sys.argv[1:]
answers = {}
for part in re.split(r"^\$ ", open(sys.argv[0] + ".record").read(), flags=re.M)[1:]:
    head, _, body = part.partition("\n")
    answers[head.strip()] = body

asked = " ".join(args)
if asked in answers:
    out = sys.stderr if args[0] == "-device" else sys.stdout
    out.write(answers[asked])
    # As the real ones end.
    sys.exit(1)

known = set(re.findall(r"(?:^|[\s/|\[,])-([A-Za-z][\w-]*)", answers["-help"], flags=re.M))
for word in args:
    if re.match(r"-[A-Za-z]", word) and word[1:] not in known:
        sys.stderr.write(f"{name}: invalid option -- '{word}'\n")
        sys.exit(1)


def option(word):
    return [args[at + 1] for at, each in enumerate(args[:-1]) if each == word]


def open_pty():
    master, slave = pty.openpty()
    tty.setraw(slave)
    sys.stderr.write(f"char device redirected to {os.ttyname(slave)}\n")
    sys.stderr.flush()
    # The slave stays open, so that the line is not hung up while nobody listens.
    return master, slave, os.ttyname(slave)


running = "-S" not in args
chardevs = []
listener = None
monitor = None
word = (option("-monitor") or ["none"])[0]
match = re.match(r"unix:(.*),server,nowait$", word)
if match:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(match.group(1))
    listener.listen(1)
    chardevs.append(("monitor", word))
elif word == "pty":
    monitor, _, path = open_pty()
    chardevs.append(("monitor", "pty"))
serials = []
for number, word in enumerate(option("-serial")):
    if word == "pty":
        master, _, path = open_pty()
        serials.append(master)
        chardevs.append((f"serial{number}", "pty:" + path if listener else "pty"))

banner = re.search(r"version ([\d.]+(?: \([^)]*\))?)", answers["-help"]).group(1)
line = ""
asking = ending = False
password = None


def say(text):
    data = text.encode()
    while data:
        data = data[os.write(monitor, data) :]


def greet():
    say(f"QEMU {banner} monitor - type 'help' for more information\r\n(qemu) ")


def answer(command):
    global running, asking, ending
    if command == "info version":
        return banner + "\n"
    if command == "info status":
        return f"VM status: {'running' if running else 'paused'}\n"
    if command == "info cpus":
        return f"* CPU #0: pc=0x00000000000f0c4a thread_id={os.getpid()}\n"
    if command == "info chardev":
        return "".join(f"{label}: filename={what}\n" for label, what in chardevs)
    if command == "info blockstats":
        return "ide0-hd0: rd_bytes=512 wr_bytes=1024 rd_operations=1 wr_operations=2\n"
    if command in ("cont", "stop"):
        running = command == "cont"
        return ""
    if command == "quit":
        os._exit(0)
    if command == "system_powerdown":
        ending = True
        return ""
    if command.startswith("screendump "):
        path = re.match(r'screendump "(.*)"$', command).group(1)
        open(path, "wb").write(b"P6\n1 1\n255\n\x01\x02\x03")
        return ""
    if command == "change vnc password":
        asking = True
        return "Password: "
    if re.match(r"(?:system_reset|sendkey|balloon|nmi|set_link)\b", command):
        return ""
    if command.startswith("info"):
        return "info version  -- show the version of qemu\n"
    return f"unknown command: '{command.split(' ')[0]}'\n"


def typed(character):
    global line, asking, password
    if character in "\r\n":
        command, line = line, ""
        say("\r\n")
        if asking:
            asking, password = False, command
            say("(qemu) ")
            return
        text = answer(command).replace("\n", "\r\n")
        say(text if asking else text + "(qemu) ")
        if ending:
            # The guest has heard its power button.
            os._exit(0)
        return
    shown = "*" * (len(line) + 1) if asking else line + character
    say("\x1b[D" * len(line) + shown + "\x1b[K")
    line += character


connection = None
if monitor is not None:
    greet()
while True:
    watched = [each for each in [monitor, None if monitor else listener, *serials] if each is not None]
    if not watched:
        watched = [sys.stdin]
    for ready in select.select(watched, [], [])[0]:
        if ready is listener:
            connection, _ = listener.accept()
            monitor, line, asking = connection.fileno(), "", False
            greet()
        elif ready is monitor:
            try:
                data = os.read(monitor, 4096)
            except OSError:
                data = b""
            if not data and listener:
                connection.close()
                connection = monitor = None
                continue
            try:
                for character in data.decode(errors="replace"):
                    typed(character)
            except OSError:
                continue
        else:
            try:
                os.write(ready, os.read(ready, 4096).upper())
            except OSError:
                continue
