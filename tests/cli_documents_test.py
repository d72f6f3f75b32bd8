#!/usr/bin/env python3
"""Documents that the program makes of its own options: manual page, completions, --version."""

import re
import subprocess
import unittest

import program
from program import Settings

SHELLS = ("bash", "zsh", "fish")


def printed(*arguments, **more):
    return subprocess.run([Settings.program, *arguments], check=True, capture_output=True, text=True, **more).stdout


def options_of(command):
    """Every long option that the command's help shows."""
    return set(re.findall(r"(?m)^\s+(?:-\w,)?(--[a-z-]+)", printed(command, "--help")))


def commands():
    text = printed("--help")
    return re.findall(r"(?m)^  (\w+)", text[text.index("Subcommands:"):])


def complete_in_bash(*words):
    """What bash offers for the last of these words."""
    script = ('source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mouthpiece; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script, Settings.program, *words], check=True, capture_output=True,
                          text=True).stdout.split()


class ManualPage(unittest.TestCase):
    def test_names_every_command_and_option(self):
        page = printed("manual").replace("\\-", "-")
        for command in commands():
            self.assertIn(f".SH {command.upper()}\n", page)
            for option in options_of(command):
                self.assertIn(option, page)

    def test_is_what_troff_takes(self):
        page = printed("manual")
        self.assertTrue(page.startswith(".TH MOUTHPIECE 1"))
        for line in page.splitlines():
            self.assertRegex(line, r"^(\.(TH|SH|TP|B|br)\b|[^.'])", "a line that is neither text nor a known request")


class Completion(unittest.TestCase):
    def test_offers_commands_options_and_values(self):
        self.assertEqual(complete_in_bash("mouthpiece", "re"), ["render"])
        self.assertEqual(complete_in_bash("mouthpiece", "render", "--chunk"), ["--chunk-frames"])
        self.assertEqual(complete_in_bash("mouthpiece", "render", "x", "--loop", ""), ["pingpong", "repeat", "none"])
        self.assertEqual(complete_in_bash("mouthpiece", "completion", ""), list(SHELLS))
        self.assertEqual(complete_in_bash("mouthpiece", "render", ""), [], "files, which bash knows itself")

    def test_knows_every_option_in_every_shell(self):
        for shell in SHELLS:
            script = printed("completion", shell)
            for command in commands():
                for option in options_of(command):
                    self.assertIn(option if shell != "fish" else f"-l {option[2:]}", script, (shell, command))

    def test_of_another_shell_is_refused(self):
        result = subprocess.run([Settings.program, "completion", "tcsh"], check=False, capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(result.stderr, "mouthpiece: shell: expected bash, zsh or fish, found tcsh\n")


class Version(unittest.TestCase):
    def test_names_libraries_and_instruction_sets(self):
        text = printed("--version")
        self.assertRegex(text, r"\Amouthpiece \d+\.\d+\.\d+\nFFmpeg \S+\nOpenVINO \d+\S+\n"
                               r"instruction sets found: (avx2.*|none)\ninstruction sets used: (avx2.*|none)\n\Z")

    def test_tells_found_from_used(self):
        text = printed("--version", env={"MOUTHPIECE_INSTRUCTION_SET": "avx2"})
        self.assertIn("instruction sets used: avx2\n", text)


if __name__ == "__main__":
    program.main(__doc__.splitlines()[0])
