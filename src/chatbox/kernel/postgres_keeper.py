"""Stands beside one PostgreSQL server and stops it when the last process that uses it is gone.

A program of its own, run by path with `python -I -S`: it imports nothing of Chatbox, so it stays small (about 6 MB of
its own memory). Arguments: the folder of the lock files, the data folder, the uid and gid of the server ("-" for our
own), and the server's command line. Output goes to whatever log the caller has connected.

Three files in the folder carry `flock`s, which the kernel lets go of when their holder dies, however it dies:

- `clients.lock` is held shared by every process that uses the server. The keeper waits for it exclusively; getting
  it means that nobody is left. It then keeps it while the server shuts down, so a newcomer has to wait.
- `keeper.lock` is held by the keeper for its whole life and contains the server's process id.
- `server.lock` is handed down to the server and all of its children, so it is free only when every one of them is
  gone, and a new server can be started on the same data without looking at process ids.
"""

import _thread
import fcntl
import os
import signal
import sys
import time

LOCK_PATIENCE_SECONDS = 1.0  # others touch the locks for an instant to see whether they are held
FAST_SHUTDOWN_SECONDS = 30.0
ALREADY_KEPT = 3
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def open_lock(folder: str, name: str) -> int:
    return os.open(os.path.join(folder, name), os.O_RDWR | os.O_CREAT, 0o600)  # noqa: PTH118 - pathlib would double our memory


def take_exclusively(lock: int) -> bool:
    """Take the lock, or give up when it is really held by somebody and not just being looked at."""
    give_up = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.01)
        else:
            return True


def become_the_server(data: str, uid: str, gid: str, command: list[str]) -> None:
    """Replace this (forked) process by PostgreSQL; raises OSError.

    On Linux the server then stops cleanly even if the keeper is killed; elsewhere the next client to start does it.
    """
    import ctypes  # noqa: PLC0415 - here, in the child, so that the keeper does not pay; before the switch of user, who may not read it

    libc, keeper = ctypes.CDLL(None), os.getppid()
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(data)  # also while we may: the server's user may be unable to walk there by path
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)  # after the switch of user, which would clear it
        if os.getppid() != keeper:
            return
    os.execv(command[0], command)  # noqa: S606 - the command is ours, and there is no shell in it


def stop_when_deserted(folder: str, server: int) -> None:
    """Wait, however long, until no client holds its share; then shut the server down."""
    fcntl.flock(open_lock(folder, "clients.lock"), fcntl.LOCK_EX)
    os.kill(server, signal.SIGINT)
    time.sleep(FAST_SHUTDOWN_SECONDS)  # the process ends under this sleep as soon as the server has
    os.kill(server, signal.SIGQUIT)


def main() -> int:
    folder, data, uid, gid, *command = sys.argv[1:]
    keeper_lock, server_lock = open_lock(folder, "keeper.lock"), open_lock(folder, "server.lock")
    if not (take_exclusively(keeper_lock) and take_exclusively(server_lock)):
        return ALREADY_KEPT
    os.ftruncate(keeper_lock, 0)
    if os.fork():
        return 0  # whoever started us knows from here on that the locks are held
    server = os.fork()
    if server == 0:
        os.set_inheritable(server_lock, True)
        try:
            become_the_server(data, uid, gid, command)
        except OSError as error:
            sys.stderr.write(f"cannot run {command[0]}: {error}\n")
        return 1
    os.pwrite(keeper_lock, str(server).encode(), 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(
            number, signal.SIG_IGN
        )  # a service manager signals everybody at once; clients need the database to finish
    _thread.start_new_thread(stop_when_deserted, (folder, server))
    os.waitpid(server, 0)
    return 0


if __name__ == "__main__":
    os._exit(main())
