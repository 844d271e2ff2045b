# SPDX-License-Identifier: Apache-2.0
"""Calls that have no place here. Comments and strings are not searched; members of structs are not libc's functions."""
import pathlib
import re
import sys

ALL = ("common", "registrar", "masa", "pledge")
DECODERS = ("common/asn1", "common/envelope", "common/voucher", "common/message", "common/net")

# where (None: libpledge), what, why
RULES = (
    (ALL, r"strcpy|strcat|stpcpy|sprintf|vsprintf|gets", "writes without a limit"),
    (ALL, r"strncpy|strncat", "leaves no NUL or counts wrong; use snprintf or memcpy"),
    (ALL, r"atoi|atol|atoll|atof", "cannot tell an error from a zero; use strtol and check"),
    (ALL, r"scanf|sscanf|fscanf", "overflows silently; read by hand"),
    (ALL, r"strtok|asctime|ctime|gmtime|localtime|getlogin", "static state"),
    (ALL, r"rand|srand|random|srandom|drand48", "not for secrets; use the crypto library"),
    (ALL, r"system|popen|execlp|execvp", "a shell between us and the kernel"),
    (ALL, r"alloca", "a stack that a peer can choose"),
    (ALL, r"tmpnam|tempnam|mktemp", "races"),
    (ALL, r"cbor_load", "takes duplicates and trailing bytes, reserves gigabytes on five bytes"),
    (ALL, r"evhttp_\w+", "hangs and uses freed memory below a TLS filter"),
    (ALL, r"(?:wc|wolfSSL)_PKCS7_\w+", "takes a changed eContentType, sees one signer"),
    (ALL, r"wolfSSL_X509_verify_cert", "trusts untrusted roots"),
    (ALL, r"json_loads|json_load_file|json_loadf", "no length; json_loadb with JSON_REJECT_DUPLICATES"),
    (("common",), r"exit|_exit", "a library does not end the process"),
    (DECODERS, r"assert", "assert is for our own mistakes, and this code reads what peers sent"),
    (None, r"printf|fprintf|puts|fputs|putchar|perror|syslog", "libpledge prints nothing; its port logs"),
    (None, r"fopen|open|socket|connect|send|recv|read|write|getenv", "libpledge does no I/O; its port does"),
    (None, r"usleep|sleep|time|clock_gettime", "libpledge has no clock; its port has"),
)
ALLOCATION = re.compile(r"\b(?:m|re)alloc\((?![^;]*sizeof)[^;]*(?:\b(?:len|size)\b|(?:\.|->)n\b)")
LIMIT_NEAR = 12  # lines: a length is fine where a named maximum stands just before
NOISE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)


def code(path):
    """The file without comments and strings; lines keep their numbers."""
    return NOISE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), path.read_text()).split("\n")


def libpledge():
    """Its own files, by the list that the build goes by."""
    text = pathlib.Path("pledge/Makefile.inc").read_text()
    block = re.search(r"^libpledge_a_SOURCES = (?:.*\\\n)*.*$", text, re.M).group(0)
    return ["pledge/" + name for name in re.findall(r"%D%/(\w+\.[ch])", block)]


def main():
    files = {str(p): code(p) for folder in ALL for p in sorted(pathlib.Path(folder).rglob("*.[ch]"))}
    bad = []
    for where, what, why in RULES:
        call = re.compile(rf"(?<![\w.>])(?:{what})\(")
        prefixes = tuple(libpledge()) if where is None else tuple(folder + "/" for folder in where)
        for name, lines in files.items():
            if name.startswith(prefixes):
                bad += [f"{name}:{i}: {line.strip()}  <- {why}" for i, line in enumerate(lines, 1) if call.search(line)]
    for name, lines in files.items():
        for i, line in enumerate(lines):
            near = "\n".join(lines[max(0, i - LIMIT_NEAR) : i + 1])
            if ALLOCATION.search(line) and "_MAX" not in near and not name.startswith("common/base/"):
                bad.append(f"{name}:{i + 1}: {line.strip()}  <- memory by a length that nothing here limits")
    print("\n".join(bad))
    return 1 if bad else 0


sys.exit(main())
