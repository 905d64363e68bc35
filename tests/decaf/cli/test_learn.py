"""The lessons at a terminal: a learner who follows the screen gets on, and every command says what to type next."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from select import select

import pytest
from click.testing import CliRunner, Result

from decaf.cli import main
from decaf.lessons.catalog import find, lessons
from decaf.testing import Decaf

Learn = Callable[..., Result]


@pytest.fixture(scope="module")
def server() -> Iterator[Decaf]:
    with Decaf() as decaf:
        yield decaf


@pytest.fixture
def learn(server: Decaf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learn:
    """Runs `decaf learn` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DECAF_URL", server.url)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(main, ["learn", *words])


def use_solution(folder: Path, number: int) -> None:
    for name, text in find(number).solution("python").items():
        (folder / name).write_text(text, encoding="utf-8")


def test_the_list_says_how_to_begin(learn: Learn) -> None:
    shown = learn().output
    assert all(lesson.title in shown for lesson in lessons())
    assert f"0 of {len(lessons())} passed." in shown
    assert "Next: decaf learn start" in shown


def test_a_lesson_is_started_run_mended_and_passed(learn: Learn) -> None:
    started = learn("start").output
    assert "Lesson 1: Tight coupling" in started
    assert "decaf learn run" in started
    folder = Path("decaf-lessons/01-tight-coupling")
    assert (folder / "TASK.md").read_text(encoding="utf-8").startswith("# Tight coupling\n")

    first = learn("run")
    assert first.exit_code == 1
    assert "cashier | lost: []" in first.output
    assert "Not yet. The cashier says that no order was lost." in first.output
    assert "seen:      no order reported as lost" in first.output
    assert "A hint: decaf learn hint" in first.output

    use_solution(folder, 1)
    second = learn("run")
    assert second.exit_code == 0
    assert "Passed! 20 orders taken, 17 made." in second.output
    assert "Next: decaf learn next    (lesson 2, A buffer)" in second.output
    assert f"1 of {len(lessons())} passed." in learn().output
    assert "Lesson 2: A buffer" in learn("next").output


def test_hints_come_one_after_the_other_and_stay(learn: Learn) -> None:
    learn("start")
    shown = [learn("hint").output for _ in range(4)]
    assert [text.partition(":")[0] for text in shown] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    assert "cashier.py" in shown[0]
    assert "decaf learn solution --show" in shown[2]


def test_a_solution_before_the_pass_has_to_be_wanted(learn: Learn) -> None:
    learn("start")
    refused = learn("solution")
    assert refused.exit_code == 1
    assert "decaf learn solution --show" in refused.output
    before = Path("decaf-lessons/01-tight-coupling/cashier.py").read_text(encoding="utf-8")
    assert learn("solution", "--show").exit_code == 0
    assert Path("decaf-lessons/01-tight-coupling/solution/cashier.py").read_text(encoding="utf-8") != before
    assert Path("decaf-lessons/01-tight-coupling/cashier.py").read_text(encoding="utf-8") == before
    progress = tomllib.loads(Path("decaf-lessons/progress.toml").read_text(encoding="utf-8"))
    assert (progress["passed"], progress["solutions"]) == ([], [1])


def test_the_next_lesson_needs_a_pass_or_a_skip(learn: Learn) -> None:
    learn("start")
    refused = learn("next")
    assert refused.exit_code == 1
    assert "decaf learn skip" in refused.output
    assert "Lesson 2: A buffer" in learn("skip").output


def test_a_lesson_is_named_by_its_number_or_its_name(learn: Learn) -> None:
    assert "Lesson 3: The barista who faints" in learn("start", "3").output
    assert "Lesson 2: A buffer" in learn("start", "a-buffer").output
    missing = learn("start", "99")
    assert missing.exit_code == 1
    assert "there is no lesson 99" in missing.output


def test_the_course_is_found_from_the_folder_of_a_lesson(learn: Learn, monkeypatch: pytest.MonkeyPatch) -> None:
    learn("start", "2")
    monkeypatch.chdir("decaf-lessons/02-a-buffer")
    assert "Hint 1 of 3" in learn("hint").output
    assert not Path("decaf-lessons").exists()


def test_a_reset_keeps_what_the_learner_has_written(learn: Learn) -> None:
    learn("start")
    program = Path("decaf-lessons/01-tight-coupling/cashier.py")
    before = program.read_text(encoding="utf-8")
    program.write_text("print('mine')\n", encoding="utf-8")
    assert "cashier.py.old" in learn("reset", "--yes").output
    assert program.read_text(encoding="utf-8") == before
    assert program.with_name("cashier.py.old").read_text(encoding="utf-8") == "print('mine')\n"


def test_another_reset_overwrites_nothing(learn: Learn) -> None:
    learn("start")
    program = Path("decaf-lessons/01-tight-coupling/cashier.py")
    for number in (1, 2, 3):
        program.write_text(f"print({number})\n", encoding="utf-8")
        learn("reset", "--yes")
    kept = [program.with_name(f"cashier.py.old{end}").read_text(encoding="utf-8") for end in ("", ".2", ".3")]
    assert kept == ["print(1)\n", "print(2)\n", "print(3)\n"]


def test_a_check_before_anything_was_run_says_what_to_do(learn: Learn) -> None:
    learn("start")
    checked = learn("check")
    assert checked.exit_code == 1
    assert "Not yet. No program has called the account" in checked.output
    assert "decaf learn run" in checked.output


def test_a_program_that_fails_is_shown_with_its_error(learn: Learn) -> None:
    learn("start", "2")
    Path("decaf-lessons/02-a-buffer/barista.py").write_text("raise ValueError('no beans')\n", encoding="utf-8")
    shown = learn("run").output
    assert "The program barista ended with an error:" in shown
    assert "ValueError: no beans" in shown
    assert "Nobody" in shown or "nobody" in shown


def test_a_run_in_which_nothing_was_called_says_what_the_program_did(learn: Learn) -> None:
    learn("start", "1")
    Path("decaf-lessons/01-tight-coupling/cashier.py").write_text("def\n", encoding="utf-8")
    shown = learn("run").output
    assert "Not yet. Your program ended before it called anything." in shown
    assert "No program has called" not in shown


@pytest.mark.parametrize("number", ["15", "17"])
@pytest.mark.parametrize("command", ["check", "empty"])
def test_a_lesson_with_a_server_of_its_own_is_shown_by_a_run_alone(learn: Learn, command: str, number: str) -> None:
    refused = learn(command, number)
    assert refused.exit_code == 1
    assert f"Only a run shows what happens: decaf learn run {number}" in refused.output


def test_an_emptied_account_is_checked_from_then_on(learn: Learn, server: Decaf) -> None:
    learn("start", "2")
    learn("run")
    assert "To begin anew: decaf learn empty" in learn("check").output
    assert "Next: decaf learn check" in learn("empty").output
    account = tomllib.loads(Path("decaf-lessons/02-a-buffer/decaf-lesson.toml").read_text(encoding="utf-8"))["account"]
    assert {queue.name for queue in server.control.queues() if queue.account == account} == set(find(2).text.queues)
    assert "No program has called the account" in learn("check").output


def test_a_shell_is_pointed_to_the_lesson(learn: Learn, server: Decaf) -> None:
    learn("start", "2")
    account = tomllib.loads(Path("decaf-lessons/02-a-buffer/decaf-lesson.toml").read_text(encoding="utf-8"))["account"]
    learn("empty")
    env = f'eval "$({sys.executable} -m decaf learn env)"'
    calls = f"{sys.executable} -c \"import boto3; print(boto3.client('sqs').list_queues()['QueueUrls'])\""
    shown = subprocess.run(["sh", "-c", f"{env}; {calls}"], capture_output=True, text=True, check=True, timeout=60)
    assert f"{server.url}/{account}/orders" in shown.stdout
    assert "No program has called" not in learn("check").output


def test_a_shell_that_cannot_be_pointed_to_the_lesson_is_pointed_to_nothing(learn: Learn) -> None:
    refused = learn("env", "99")
    assert refused.exit_code == 1
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:9\n" in refused.stdout
    assert refused.stdout.endswith("false\n")


def test_only_start_next_skip_and_a_run_choose_the_current_lesson(learn: Learn) -> None:
    def current() -> int:
        return int(tomllib.loads(Path("decaf-lessons/progress.toml").read_text(encoding="utf-8"))["current"])

    learn("start", "2")
    shown = [learn(*words).output for words in (("hint", "3"), ("reset", "3", "--yes"), ("check", "3"))]
    learn("solution", "3", "--show")
    assert current() == 2
    assert "Another one: decaf learn hint 3" in shown[0]
    assert "Next: decaf learn run 3" in shown[1]
    assert "then: decaf learn run 3" in shown[2]
    learn("run", "1")
    assert current() == 1


def test_a_course_that_a_command_begins_is_named(learn: Learn) -> None:
    begun = "There is no course here: Decaf began one in decaf-lessons."
    assert begun in learn("check").output
    assert begun not in learn("check").output
    assert "Decaf began one" not in learn("check", "--in", "/sys/lessons").output


def test_in_the_folder_of_the_lesson_it_is_this_folder(learn: Learn, monkeypatch: pytest.MonkeyPatch) -> None:
    learn("start", "2")
    monkeypatch.chdir("decaf-lessons/02-a-buffer")
    assert "Change a program in this folder, then: decaf learn run" in learn("check").output
    assert "and read TASK.md" in learn().output


def test_an_error_that_the_run_has_shown_is_not_shown_again(learn: Learn) -> None:
    learn("start", "2")
    program = Path("decaf-lessons/02-a-buffer/barista.py")
    program.write_text("def brew():\n    raise ValueError('no beans')\n\nbrew()\n", encoding="utf-8")
    assert learn("run").output.count("Traceback") == 1
    program.write_text("for n in range(20):\n    print(f'line {n}.')\nraise ValueError('no beans')\n", encoding="utf-8")
    shown = learn("run").output
    assert [shown.count(f"line {n}.") for n in (0, 7, 19)] == [1, 1, 1]
    assert shown.count("ValueError: no beans") == 1


def test_copies_of_a_program_that_fail_in_the_same_way_are_named_together(learn: Learn) -> None:
    learn("start", "3")
    Path("decaf-lessons/03-the-barista-who-faints/barista.py").write_text("1 / 0\n", encoding="utf-8")
    shown = learn("run").output
    assert "The programs barista, barista-2, barista-3 ended with an error:\n  ZeroDivisionError" in shown


def test_lessons_that_are_passed_do_not_come_next(learn: Learn) -> None:
    learn("start")
    use_solution(Path("decaf-lessons/01-tight-coupling"), 1)
    progress = Path("decaf-lessons/progress.toml")
    text = progress.read_text(encoding="utf-8")
    progress.write_text(text.replace("passed = []", "passed = [2, 3]"), encoding="utf-8")
    assert "Next: decaf learn next    (lesson 4," in learn("run").output
    everything = [lesson.number for lesson in lessons()]
    progress.write_text(text.replace("passed = []", f"passed = {everything}"), encoding="utf-8")
    assert "You have passed all lessons. Congratulations!" in learn().output


def test_a_folder_that_cannot_be_written_is_named_with_a_way_out(learn: Learn) -> None:
    refused = learn("start", "--in", "/sys/lessons")  # where nobody can make a folder, root neither
    assert refused.exit_code == 1
    assert refused.output.endswith("To have your lessons in another folder: --in DIR\n")


def test_a_name_that_is_nearly_right_is_proposed(learn: Learn) -> None:
    assert "there is no lesson a-bufer: did you mean a-buffer?" in learn("start", "a-bufer").output


def test_the_list_is_a_command_too(learn: Learn) -> None:
    assert learn("list").output == learn().output


@pytest.mark.parametrize("columns", ["40", "60", "72", "80"])
def test_no_command_is_broken_by_the_end_of_a_line(learn: Learn, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert "decaf learn start --language cli" in learn().output
    assert "decaf learn watch" in learn("start", "3").output.rpartition("Your files")[2]
    shown = learn("check").output
    assert "decaf learn run\n" in shown
    assert 'eval "$(decaf learn env)"' in shown
    assert max(map(len, shown.splitlines())) <= int(columns)


def test_ctrl_c_says_that_the_programs_have_ended(learn: Learn) -> None:
    learn("start", "2")
    barista = "import time\nprint('ready', flush=True)\ntime.sleep(60)\n"
    Path("decaf-lessons/02-a-buffer/barista.py").write_text(barista, encoding="utf-8")
    terminal = Terminal([sys.executable, "-m", "decaf", "learn", "run"])
    try:
        terminal.until("barista | ready")
        terminal.process.send_signal(signal.SIGINT)
        terminal.until("Stopped; your programs have ended.")
        assert terminal.process.wait(30) == 130
    finally:
        terminal.close()


def test_a_folder_for_another_language_has_no_programs_and_says_where_the_commands_go(learn: Learn) -> None:
    shown = learn("start", "2", "--language", "none").output
    assert "barista.py\n" not in shown
    assert sorted(os.listdir("decaf-lessons/02-a-buffer")) == ["TASK.md", "decaf-lesson.toml"]
    refused = learn("run")
    assert refused.exit_code == 1
    assert "has no command for the cashier" in refused.output


def test_a_command_that_is_not_there_is_named_before_the_run(learn: Learn) -> None:
    learn("start", "2")
    file = Path("decaf-lessons/02-a-buffer/decaf-lesson.toml")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("python barista.py", "no-such-command barista"), encoding="utf-8")
    refused = learn("run")
    assert refused.exit_code == 1
    assert "there is no command no-such-command" in refused.output


def test_a_server_that_does_not_answer_is_named(learn: Learn) -> None:
    learn("start")
    refused = learn("run", "--url", "http://127.0.0.1:9")
    assert refused.exit_code == 3
    assert "no Decaf server answers at http://127.0.0.1:9" in refused.output


def test_the_progress_of_another_version_is_not_overwritten(learn: Learn) -> None:
    Path("decaf-lessons").mkdir()
    Path("decaf-lessons/progress.toml").write_text("format = 99\n", encoding="utf-8")
    refused = learn("start")
    assert refused.exit_code == 1
    assert "has the format 99" in refused.output


class Terminal:
    """A command at a terminal, whose output is read as it comes."""

    def __init__(self, command: list[str]) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self._shown = ""

    def until(self, text: str) -> None:
        """Read until the command has shown a text, after the one before."""
        while text not in self._shown:
            ready, _, _ = select([self._ours], [], [], 60)
            assert ready, f"{text!r} did not come after {self._shown!r}"
            self._shown += os.read(self._ours, 65_536).decode("utf-8", "replace")
        self._shown = self._shown.partition(text)[2]

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


def test_a_watch_runs_at_each_save_and_waits_after_a_pass(learn: Learn) -> None:
    learn("start")
    terminal = Terminal([sys.executable, "-m", "decaf", "learn", "watch"])
    try:
        terminal.until("Not yet.")
        terminal.until("and save it.")
        terminal.until("A hint: key h")
        terminal.until("q quit")
        terminal.press("h")
        terminal.until("Hint 1 of 3")
        terminal.until("Another one: key h")
        terminal.press("n")
        terminal.until("Lesson 1 is not passed yet")
        use_solution(Path("decaf-lessons/01-tight-coupling"), 1)
        terminal.until("Passed!")
        terminal.until("Next: key n")
        terminal.until("q quit")
        terminal.press("x")
        terminal.until("The key x does nothing here.")
        terminal.press("r")
        terminal.until("again, as they were?")
        terminal.press("x")
        terminal.until("Nothing was written.")
        assert not list(Path("decaf-lessons/01-tight-coupling").glob("*.old"))
        terminal.press("r")
        terminal.until("again, as they were?")
        terminal.press("y")
        terminal.until("cashier.py.old")
        terminal.press("l")
        terminal.until(f"1 of {len(lessons())} passed.")
        terminal.press("n")
        terminal.until("Lesson 2: A buffer")
        terminal.press("q")
        assert terminal.process.wait(30) == 0
    finally:
        terminal.close()
