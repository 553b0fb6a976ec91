package fdsock_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// pyCall is a call of a function of Python's socket module. Arguments are
// what JSON has, and bytes.
type pyCall struct {
	Fn   string `json:"fn"`
	Args []any  `json:"args"`
}

func (c pyCall) String() string {
	text, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// packed is bytes, in a call or an answer.
type packed []byte

// MarshalJSON implements json.Marshaler.
func (p packed) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"hex": hex.EncodeToString(p)})
}

// pyScript makes the calls that it reads, one a line, and tells what came of
// each: the value, or the exception's class, number and text.
const pyScript = `
import json, sys, socket, unicodedata, warnings
warnings.simplefilter("ignore")
def out(v):
    if isinstance(v, (bytes, bytearray)): return {"hex": v.hex()}
    if isinstance(v, (tuple, list)): return [out(x) for x in v]
    return int(v) if isinstance(v, int) else v
def arg(v):
    if isinstance(v, list): return tuple(v)
    return bytes.fromhex(v["hex"]) if isinstance(v, dict) else v
def idna(s):
    try: return s.encode("idna")
    except UnicodeError as e: raise UnicodeError(str(e)) from None
def idna32(s):
    def one(c):
        if unicodedata.ucd_3_2_0.category(c) == "Cn": return None
        try: return idna("b" + c).decode()
        except UnicodeError as e: return "!" + str(e)
    return [one(c) for c in s]
def const(name): return getattr(socket, name)
def klass(n): return type(OSError(n, "")).__name__
for line in sys.stdin:
    call = json.loads(line)
    f = globals().get(call["fn"]) or getattr(socket, call["fn"])
    try:
        r = {"value": out(f(*[arg(a) for a in call["args"] or []]))}
    except Exception as e:
        code = getattr(e, "errno", None)
        text = "" if type(e).__module__ == "builtins" and code else getattr(e, "strerror", None) or str(e)
        r = {"class": type(e).__name__, "code": code or 0, "text": text}
    print(json.dumps(r))
`

// answer is what came of a call. Of the kernel's errors it has the number and
// no text.
type answer struct {
	Value json.RawMessage `json:"value,omitempty"`
	Class string          `json:"class,omitempty"`
	Code  int             `json:"code,omitempty"`
	Text  string          `json:"text,omitempty"`
}

func (a answer) String() string {
	if a.Class == "" {
		return string(a.Value)
	}
	return fmt.Sprintf("%s(%d, %q)", a.Class, a.Code, a.Text)
}

// unanswered reports whether the name servers were asked in vain.
func (a answer) unanswered() bool {
	return a.Class == "gaierror" && a.Code == fdsock.EAI_AGAIN || a.Class == "herror" && a.Code == 2
}

// python makes the calls with CPython, or skips the test where there is none.
func python(t *testing.T, calls []pyCall) []answer {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 to compare with")
	}
	var in bytes.Buffer
	for _, c := range calls {
		fmt.Fprintln(&in, c)
	}
	cmd := exec.CommandContext(t.Context(), path, "-c", pyScript)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("python3: %v\n%s", err, exit.Stderr)
		}
		t.Skip("python3 does not run: ", err)
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	answers := make([]answer, len(calls))
	for i := range answers {
		if err := dec.Decode(&answers[i]); err != nil {
			t.Fatalf("%v: no answer: %v", calls[i], err)
		}
		answers[i].Value = compact(t, answers[i].Value)
	}
	return answers
}

func compact(t *testing.T, text json.RawMessage) json.RawMessage {
	t.Helper()
	var b bytes.Buffer
	var v any
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// answerOf is what came of a call in Go.
func answerOf(t *testing.T, v any, err error) answer {
	t.Helper()
	if err != nil {
		return failureOf(t, err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return answer{Value: compact(t, text)}
}

// failureOf names an error's class as Python does.
func failureOf(t *testing.T, err error) answer {
	t.Helper()
	var (
		os       *fdsock.Error
		gai      *fdsock.GAIError
		host     *fdsock.HError
		value    *fdsock.ValueError
		overflow *fdsock.OverflowError
		unicode  *fdsock.UnicodeError
	)
	switch {
	case errors.As(err, &gai):
		return answer{Class: "gaierror", Code: gai.Code, Text: gai.Text}
	case errors.As(err, &host):
		return answer{Class: "herror", Code: host.Code, Text: host.Text}
	case errors.As(err, &value):
		return answer{Class: "ValueError", Text: value.Text}
	case errors.As(err, &overflow):
		return answer{Class: "OverflowError", Text: overflow.Text}
	case errors.As(err, &unicode):
		return answer{Class: "UnicodeError", Text: unicode.Text}
	case errors.As(err, &os) && os.Errno != 0:
		return answer{Class: fdsock.ClassName(os.Errno), Code: int(os.Errno)}
	case errors.As(err, &os):
		return answer{Class: "OSError", Text: os.Text}
	}
	t.Fatalf("%T is no error of this package: %v", err, err)
	return answer{}
}

// sameAsPython makes the calls in both languages and compares.
func sameAsPython(t *testing.T, calls []pyCall, inGo func(pyCall) (any, error)) {
	t.Helper()
	bad := 0
	for i, wanted := range python(t, calls) {
		v, err := inGo(calls[i])
		got := answerOf(t, v, err)
		if wanted.unanswered() && (got.unanswered() || got.Class == "gaierror" && got.Code == fdsock.EAI_NONAME || got.Class == "herror" && got.Code == 1) {
			continue // no name server: C asks for what Go knows to be no name
		}
		if got.String() != wanted.String() {
			if bad++; bad <= 30 {
				t.Errorf("%v\n   here   %v\n   Python %v", calls[i], got, wanted)
			}
		}
	}
	if bad > 30 {
		t.Errorf("%d differences in %d calls", bad, len(calls))
	}
}
