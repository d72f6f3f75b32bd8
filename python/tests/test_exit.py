"""What still renders when the interpreter ends, or Ctrl-C comes, ends with it, without a word and without a crash."""

import signal
import subprocess
import sys
import time

import pytest

PRELUDE = """
import concurrent.futures, asyncio, sys, threading, time
import mouthpiece
renderer = mouthpiece.Renderer(mouthpiece.Avatar.open(sys.argv[1]))
works = threading.Event()
ENDLESS = (0, 10_000_000)

def told(phase, done, total):
    if done:
        works.set()

def render():
    renderer.render(out="null:", frames=ENDLESS, progress=told)

def frames():
    for frame in renderer.frames(frames=ENDLESS):
        works.set()

def held():
    global stream, kept
    stream = renderer.frames(frames=ENDLESS, format="yuv")
    kept = next(stream)
    works.set()
    threading.Event().wait()

def again_and_again():
    while True:
        try:
            render()
        except Exception:
            pass

def start(work, daemon):
    thread = threading.Thread(target=work, daemon=daemon)
    thread.start()
    works.wait()
    return thread
"""


def run(script, drawn, *, interrupt=False, seconds=20):
    """Runs it, with Ctrl-C once it works; (exit status, its error output)."""
    process = subprocess.Popen([sys.executable, "-c", PRELUDE + script, str(drawn)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        if interrupt:
            assert process.stdout.readline() == "works\n", process.stderr.read()
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=seconds)[1]
    finally:
        process.kill()
    return process.returncode, errors


@pytest.mark.parametrize("work", ["render", "frames", "held", "again_and_again"])
def test_a_daemon_thread_ends_with_the_interpreter(drawn, work):
    for _ in range(3):
        assert run(f"start({work}, daemon=True)", drawn) == (0, "")


def test_several_daemon_threads_end_with_the_interpreter(drawn):
    script = """
for work in (render, frames, again_and_again, held):
    start(work, daemon=True)
    works.clear()
sys.exit(3)
"""
    for _ in range(3):
        assert run(script, drawn) == (3, "")


def test_an_error_of_the_main_thread_is_the_only_thing_said(drawn):
    status, errors = run("start(render, daemon=True)\nraise LookupError('enough')", drawn)
    assert status == 1
    assert errors.rstrip().endswith("LookupError: enough")
    assert errors.count("Traceback") == 1


def test_a_thread_that_is_no_daemon_is_waited_for(drawn):
    script = """
def finish():
    works.set()
    print(renderer.render(out="null:", frames=(0, 300))["frames"] == 300 or sys.exit(4))
    time.sleep(0.2)
    works.clear()
import atexit
atexit.register(lambda: works.is_set() and sys.stderr.write("was not waited for"))
start(finish, daemon=False)
"""
    assert run(script, drawn) == (0, "")


def test_progress_that_hangs_does_not_keep_python_for_ever(drawn):
    script = """
def hang(phase, done, total):
    works.set()
    threading.Event().wait()
start(lambda: renderer.render(out="null:", frames=ENDLESS, progress=hang), daemon=True)
"""
    assert run(script, drawn, seconds=30) == (0, "")


@pytest.mark.parametrize("work", ["render", "frames", "held"])
@pytest.mark.parametrize("daemon", [True, False])
def test_ctrl_c_while_a_thread_is_joined(drawn, work, daemon):
    if work == "held" and not daemon:
        pytest.skip("waits for something else")
    status, errors = run(f"thread = start({work}, daemon={daemon}); print('works', flush=True); thread.join()", drawn,
                         interrupt=True)
    assert status == -signal.SIGINT, errors
    assert "KeyboardInterrupt" in errors  # the thread's own error may be said meanwhile, whole or in part
    assert "Fatal" not in errors and "terminate" not in errors


@pytest.mark.parametrize("script", [
    """
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    both = [pool.submit(render), pool.submit(frames)]
    works.wait()
    print("works", flush=True)
    both[0].result()
""",
    """
async def main():
    task = asyncio.create_task(asyncio.to_thread(render))
    await asyncio.to_thread(works.wait)
    print("works", flush=True)
    await task
asyncio.run(main())
"""])
def test_ctrl_c_ends_what_an_executor_renders(drawn, script):
    status, errors = run(script, drawn, interrupt=True)
    assert status == -signal.SIGINT, errors
    assert errors.rstrip().endswith("KeyboardInterrupt"), errors


def test_a_program_with_a_handler_of_its_own_decides_itself(drawn):
    script = """
import signal
came = threading.Event()
signal.signal(signal.SIGINT, lambda *_: came.set())
def finish():
    works.set()
    renderer.render(out="null:", frames=(0, 3000), progress=told)
thread = start(finish, daemon=False)
print("works", flush=True)
while not came.is_set():
    time.sleep(0.01)
thread.join()
"""
    assert run(script, drawn, interrupt=True, seconds=60) == (0, "")
