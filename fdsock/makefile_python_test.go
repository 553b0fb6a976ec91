package fdsock_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/fdsock/pyio"
	"github.com/pollux-net/pollux/reactor"
)

// fileScript is a sequence of calls on a file and on the other end of its
// socket, which python3 and we run.
type fileScript struct {
	Mode      string   `json:"mode"`
	Buffering *int     `json:"buffering,omitempty"`
	Encoding  *string  `json:"encoding,omitempty"`
	Errors    *string  `json:"errors,omitempty"`
	Newline   *string  `json:"newline,omitempty"`
	Timeout   *int     `json:"timeout,omitempty"` // milliseconds, 0 never waits
	Sndbuf    int      `json:"sndbuf,omitempty"`
	Ops       []fileOp `json:"ops"`
}

// fileOp is one call: a name, a number, and data in hexadecimal.
type fileOp [3]any

func op(name string, n int, data string) fileOp {
	return fileOp{name, n, hex.EncodeToString([]byte(data))}
}

func (o fileOp) name() string { return o[0].(string) }
func (o fileOp) n() int       { return o[1].(int) }

func (o fileOp) data() string {
	p, err := hex.DecodeString(o[2].(string))
	if err != nil {
		panic(err)
	}
	return string(p)
}

func (s *fileScript) String() string {
	p, err := json.Marshal(s)
	return fmt.Sprint(string(p), err)
}

// pythonSays runs the scripts in python3.
func pythonSays(t *testing.T, scripts []*fileScript) (results [][]string) {
	t.Helper()
	version, err := exec.Command("python3", "-c", "import sys; print(*sys.version_info[:2], sep='.')").Output()
	if got := strings.TrimSpace(string(version)); err != nil || got != "3.11" {
		t.Skipf("python3 is %q (%v), which may differ from 3.11", got, err)
	}
	var in bytes.Buffer
	for _, s := range scripts {
		in.WriteString(s.String()[:strings.LastIndex(s.String(), "}")+1] + "\n")
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-W", "ignore", "testdata/makefile.py")
	var complaints bytes.Buffer
	cmd.Stdin, cmd.Stderr = &in, &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, complaints.String())
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var r []string
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return results
}

// sameAsPython compares what the scripts give.
func sameFilesAsPython(t *testing.T, scripts []*fileScript) {
	t.Helper()
	python := pythonSays(t, scripts)
	if len(python) != len(scripts) {
		t.Fatalf("python ran %d scripts of %d", len(python), len(scripts))
	}
	bad := 0
	g := newGroup(t, reactor.Config{Loops: 1})
	for i, s := range scripts {
		got := runFileScript(t, g, s)
		if slices.Equal(got, python[i]) {
			continue
		}
		at := 0
		for at < min(len(got), len(python[i])) && got[at] == python[i][at] {
			at++
		}
		theirs, ours := around(at, python[i], got)
		t.Errorf("%.2000v\nstep %d\npython %s\nhere   %s", s, at, theirs, ours)
		if bad++; bad == 5 {
			t.FailNow()
		}
	}
}

// around returns where two results of a step differ.
func around(at int, theirs, ours []string) (a, b string) {
	if at >= len(theirs) || at >= len(ours) {
		return fmt.Sprintf("%.200q", theirs), fmt.Sprintf("%.200q", ours)
	}
	a, b = theirs[at], ours[at]
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(i-40, 0)
	return a[from:min(i+160, len(a))], b[from:min(i+160, len(b))]
}

func runFileScript(t *testing.T, g *reactor.Group, s *fileScript) (out []string) {
	t.Helper()
	sock, peer, err := fdsock.SocketPairOn(g)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	defer peer.Close()
	peer.SetTimeout(0)
	if s.Timeout != nil {
		sock.SetTimeout(time.Duration(*s.Timeout) * time.Millisecond)
	}
	if s.Sndbuf > 0 {
		want(t, sock.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_SNDBUF, s.Sndbuf), nil)
	}
	f, err := sock.Makefile(s.Mode, s.options()...)
	if err != nil {
		return []string{shown(nil, err)}
	}
	defer f.Close()
	run := &fileRun{sock: sock, peer: peer, f: f}
	for _, o := range s.Ops {
		out = append(out, run.step(o))
	}
	return out
}

func (s *fileScript) options() (opts []pyio.Option) {
	if s.Buffering != nil {
		opts = append(opts, pyio.Buffering(*s.Buffering))
	}
	for _, o := range []struct {
		value *string
		set   func(string) pyio.Option
	}{{s.Encoding, pyio.Encoding}, {s.Errors, pyio.Errors}, {s.Newline, pyio.Newline}} {
		if o.value != nil {
			opts = append(opts, o.set(*o.value))
		}
	}
	return opts
}

type fileRun struct {
	sock, peer *fdsock.Socket
	f          pyio.File
}

func (r *fileRun) step(o fileOp) string {
	if v, err, ok := r.common(o); ok {
		return shown(v, err)
	}
	if text, ok := r.f.(*pyio.TextIOWrapper); ok {
		return r.text(text, o)
	}
	return r.binary(r.f.(pyio.Binary), o)
}

func (r *fileRun) common(o fileOp) (v any, err error, ok bool) {
	switch o.name() {
	case "send":
		err = r.peer.SendAll([]byte(o.data()))
	case "eof":
		err = r.peer.Shutdown(fdsock.SHUT_WR)
	case "drain":
		v = r.drain()
	case "timeout":
		r.sock.SetTimeout(time.Duration(o.n()) * time.Millisecond)
	case "closesock":
		err = r.sock.Close()
	case "sockfileno":
		v = r.sock.Fileno() >= 0
	case "fileno":
		var fd int
		fd, err = r.f.Fileno()
		v = fd >= 0
	case "seek":
		v, err = r.f.Seek(int64(o.n()), 0)
	case "tell":
		v, err = r.f.Tell()
	case "truncate":
		err = r.f.Truncate()
	case "flush":
		err = r.f.Flush()
	case "close":
		err = r.f.Close()
	case "closed":
		v = r.f.Closed()
	case "readable":
		v, err = r.f.Readable()
	case "writable":
		v, err = r.f.Writable()
	case "seekable":
		v, err = r.f.Seekable()
	case "isatty":
		v, err = r.f.IsATTY()
	default:
		return nil, nil, false
	}
	return v, err, true
}

func (r *fileRun) drain() []byte {
	all := []byte{}
	for {
		p, err := r.peer.Recv(65536)
		if err != nil || len(p) == 0 {
			return all
		}
		all = append(all, p...)
	}
}

func (r *fileRun) binary(f pyio.Binary, o fileOp) string {
	n := o.n()
	into := func(read func([]byte) (int, error)) string {
		p := make([]byte, n)
		n, err := read(p)
		return shown(p[:n], err)
	}
	switch o.name() {
	case "read":
		return shown(f.ReadN(n))
	case "read1":
		return shown(emptied(f.Read1(n)))
	case "readline":
		return shown(emptied(f.ReadLine(n)))
	case "readlines":
		lines, err := f.ReadLines(n)
		return shown(emptied(lines, err))
	case "iter":
		for l, err := range f.Lines() {
			return shown(emptied(l, err))
		}
		return shown([]byte{}, nil)
	case "peek":
		return shown(emptied(f.Peek(n)))
	case "readinto":
		return into(f.ReadInto)
	case "readinto1":
		return into(f.ReadInto1)
	case "write":
		return shown(f.Write([]byte(o.data())))
	case "writelines":
		return shown(nil, f.WriteLines(slices.Values([][]byte{[]byte(o.data()), []byte(o.data())})))
	}
	return "unknown"
}

func (r *fileRun) text(f *pyio.TextIOWrapper, o fileOp) string {
	switch o.name() {
	case "read":
		return shown(emptied(f.ReadN(o.n())))
	case "readline":
		return shown(emptied(f.ReadLine(o.n())))
	case "readlines":
		return shown(emptied(f.ReadLines(o.n())))
	case "iter":
		for l, err := range f.Lines() {
			return shown(emptied(l, err))
		}
		return shown("", nil)
	case "write":
		n, err := f.WriteString(o.data())
		return shown(utf8.RuneCountInString(o.data()[:n]), err)
	case "writelines":
		return shown(nil, f.WriteLines(slices.Values([]string{o.data(), o.data()})))
	case "newlines":
		return shown(f.Newlines(), nil)
	}
	return "unknown"
}

// emptied is a result for which Python has an empty one, where ours says that
// it would have had to wait.
func emptied[T any](v T, err error) (T, error) {
	if err == pyio.ErrWouldBlock { //nolint:errorlint // it is never wrapped
		return v, nil
	}
	return v, err
}

func shown(v any, err error) string {
	switch {
	case err == pyio.ErrWouldBlock: //nolint:errorlint // it is never wrapped
		return "none"
	case err != nil:
		return shownError(err)
	}
	switch v := v.(type) {
	case nil:
		return "none"
	case []byte:
		return "b:" + hex.EncodeToString(v)
	case string:
		return "s:" + hex.EncodeToString([]byte(v))
	case bool:
		if v {
			return "i:1"
		}
		return "i:0"
	case [][]byte:
		return list(v)
	case []string:
		return list(v)
	}
	return fmt.Sprintf("i:%d", v)
}

func list[T any](v []T) string {
	var parts []string
	for _, x := range v {
		parts = append(parts, shown(x, nil))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func shownError(err error) string {
	var (
		value   *pyio.ValueError
		oserr   *pyio.OSError
		unsup   *pyio.UnsupportedOperation
		lookup  *pyio.LookupError
		unicode *pyio.UnicodeError
		decode  *pyio.UnicodeDecodeError
		encode  *pyio.UnicodeEncodeError
		busy    *pyio.BlockingIOError
		sock    *fdsock.Error
	)
	said := func(class string) string { return "err:" + class + ":" + err.Error() }
	switch {
	case errors.As(err, &value):
		return said("ValueError")
	case errors.As(err, &oserr):
		return said("OSError")
	case errors.As(err, &unsup):
		return said("UnsupportedOperation")
	case errors.As(err, &lookup):
		return said("LookupError")
	case errors.As(err, &unicode):
		return said("UnicodeError")
	case errors.As(err, &decode):
		return said("UnicodeDecodeError")
	case errors.As(err, &encode):
		return said("UnicodeEncodeError")
	case errors.As(err, &busy):
		return fmt.Sprintf("err:BlockingIOError:%d", busy.CharactersWritten)
	case fdsock.TimeoutError(err):
		return "err:TimeoutError:timed out"
	case fdsock.BrokenPipeError(err):
		return "err:BrokenPipeError"
	case fdsock.ConnectionResetError(err):
		return "err:ConnectionResetError"
	case errors.As(err, &sock):
		return "err:OSError"
	}
	return said("unknown")
}
