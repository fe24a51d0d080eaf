"""Writes SOUNDS.md: every sound, how long and how loud it is, what it says, where it comes from, its licence."""

import tomllib

import sound

HEAD = """# The sounds of Holdline

All are 8 kHz, mono, 16 bit, in the band of a telephone. `assets/make/all` makes every one of them again, to the byte.

| origin | what | licence |
|---|---|---|
| voice | [hibari-tts](https://pypi.org/project/hibari-tts/) 0.2.1, voice "heart", seed 7, rendered by `make/prompts.py` | engine and voice Apache-2.0; the sounds are ours, MIT OR Apache-2.0 |
| espeak | [espeak-ng](https://github.com/espeak-ng/espeak-ng) from [espeakng-loader](https://pypi.org/project/espeakng-loader/) 0.2.4, voice "de", rendered by `make/prompts.py` | engine GPL-3.0, not part of Holdline; what it says is not covered by it, the sounds are ours, MIT OR Apache-2.0 |
| music | "Half Past Two", written for Holdline, played by `make/music.py` | ours, MIT OR Apache-2.0 |
| tone | made by `make/tones.py` | ours, MIT OR Apache-2.0 |

What stands behind the voice, as its package's LICENSE and NOTICE say: the model was trained on speech that Kokoro-82M
(Apache-2.0) made, voice "af_heart"; the pronunciations are misaki's (Apache-2.0), the splitting into words is spaCy's
(MIT). Words it does not know are read by a net that learnt from espeak-ng (GPL-3.0), of which nothing is in the package.
None of it is part of Holdline: only the sounds are here. What Kokoro-82M itself learnt from was not looked into.

| sound | seconds | dBm0 | origin | what |
|---|---:|---:|---|---|
"""
TONES = {
    "entry": "someone has come into the meeting",
    "exit": "someone has left it",
    "record": "the recording of a name begins",
    "admit": "someone has been let in",
}


def row(path, origin, what):
    samples = sound.read(path)
    name = path.relative_to(sound.ASSETS)
    level = sound.active_level_dbm0(samples)
    return f"| `{name}` | {len(samples) / sound.RATE_HZ:.2f} | {level:.1f} | {origin} | {what} |\n"


def main():
    rows = [row(sound.ASSETS / "music" / "hold.wav", "music", "hold music; loops without a seam")]
    rows += [row(sound.ASSETS / "tones" / f"{name}.wav", "tone", what) for name, what in TONES.items()]
    for language, voice in {"en-US": "voice", "de-DE": "espeak"}.items():
        folder = sound.ASSETS / "prompts" / language
        for name, prompt in tomllib.loads((folder / "catalogue.toml").read_text()).items():
            rows.append(row(folder / f"{name}.wav", voice, prompt["text"]))
    (sound.ASSETS / "SOUNDS.md").write_text(HEAD + "".join(rows))


if __name__ == "__main__":
    main()
