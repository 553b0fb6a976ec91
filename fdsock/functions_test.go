package fdsock_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// edgeCase is what a function comes to: Python's class of its error, "" for
// none.
type edgeCase struct {
	with  string // the arguments
	class string
	call  func() error
}

// errOf is the error of a function's two results.
func errOf[T any](_ T, err error) error { return err }

// opened closes a socket that was to be refused.
func opened(s *fdsock.Socket, err error) error {
	if s != nil {
		_ = s.Close()
	}
	return err
}

// hostEdges are the functions that look a host up, given what is none. None of
// them asks a name server.
func hostEdges(ctx context.Context) map[string][]edgeCase {
	long := strings.Repeat("x", 64) + ".test"
	return map[string][]edgeCase{
		"EncodeHost": {
			{"a label that is too long", "UnicodeError", func() error { return errOf(fdsock.EncodeHost("é" + long)) }},
			{"nothing", "", func() error { return errOf(fdsock.EncodeHost("")) }},
		},
		"GetAddrInfo": {
			{"nothing", "gaierror", func() error { return errOf(fdsock.GetAddrInfo(ctx, "", "", fdsock.Hints{})) }},
			{"hints of -1", "gaierror", func() error {
				return errOf(fdsock.GetAddrInfo(ctx, "127.0.0.1", "1", fdsock.Hints{Family: -1, Type: -1, Proto: -1, Flags: -1}))
			}},
			{"a zero byte", "gaierror", func() error { return errOf(fdsock.GetAddrInfo(ctx, "127.0.0.1\x00", "1", fdsock.Hints{})) }},
			{"a label that is too long", "UnicodeError", func() error { return errOf(fdsock.GetAddrInfo(ctx, long, "1", fdsock.Hints{})) }},
		},
		"GetAddrInfoBytes": {
			{"nil", "gaierror", func() error { return errOf(fdsock.GetAddrInfoBytes(ctx, nil, nil, fdsock.Hints{})) }},
		},
		"GetNameInfo": {
			{"no address", "gaierror", func() error { _, _, err := fdsock.GetNameInfo(ctx, fdsock.InetAddr{}, 0); return err }},
			{"flags of -1", "gaierror", func() error { _, _, err := fdsock.GetNameInfo(ctx, fdsock.Inet("127.0.0.1", 1), -1); return err }},
			{"a port of -1", "gaierror", func() error { _, _, err := fdsock.GetNameInfo(ctx, fdsock.Inet("127.0.0.1", -1), 0); return err }},
		},
		"GetHostByAddr":   {{"a zero byte", "gaierror", func() error { return errOf(fdsock.GetHostByAddr(ctx, "x\x00")) }}},
		"GetHostByName":   {{"a zero byte", "gaierror", func() error { return errOf(fdsock.GetHostByName(ctx, "x\x00")) }}},
		"GetHostByNameEx": {{"a zero byte", "gaierror", func() error { return errOf(fdsock.GetHostByNameEx(ctx, "x\x00")) }}},
		"CreateConnection": {
			{"a port of -1", "gaierror", func() error { return opened(fdsock.CreateConnection("127.0.0.1", -1, fdsock.DialOptions{})) }},
			{"a source of another family", "OSError", func() error {
				return opened(fdsock.CreateConnection("127.0.0.1", 1, fdsock.DialOptions{Source: fdsock.UnixAddr("x")}))
			}},
		},
		"CreateConnectionContext": {{"a port of 65536, taken modulo 65536", "ConnectionRefusedError", func() error {
			return opened(fdsock.CreateConnectionContext(ctx, "127.0.0.1", 65536, fdsock.DialOptions{}))
		}}},
		"CreateServer": {
			{"a port of -1", "OverflowError", func() error { return opened(fdsock.CreateServer("127.0.0.1", -1, fdsock.ServerOptions{})) }},
			{"a port of 65536", "OverflowError", func() error { return opened(fdsock.CreateServer("127.0.0.1", 65536, fdsock.ServerOptions{})) }},
			{"an unknown family", "OSError", func() error { return opened(fdsock.CreateServer("", 0, fdsock.ServerOptions{Family: -1})) }},
			{"both stacks of one", "ValueError", func() error {
				return opened(fdsock.CreateServer("", 0, fdsock.ServerOptions{DualStack: true}))
			}},
			{"a backlog of -1", "", func() error { return opened(fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{Backlog: -1})) }},
		},
	}
}

// numberEdges are the functions of numbers, names and packed addresses.
func numberEdges() map[string][]edgeCase {
	return map[string][]edgeCase{
		"CMSGLen": {
			{"-1", "OverflowError", func() error { return errOf(fdsock.CMSGLen(-1)) }},
			{"too much", "OverflowError", func() error { return errOf(fdsock.CMSGLen(math.MaxInt)) }},
			{"0", "", func() error { return errOf(fdsock.CMSGLen(0)) }},
		},
		"CMSGSpace": {
			{"-1", "OverflowError", func() error { return errOf(fdsock.CMSGSpace(-1)) }},
			{"too much", "OverflowError", func() error { return errOf(fdsock.CMSGSpace(math.MaxInt)) }},
		},
		"CheckedHtonl": {{"-1", "OverflowError", func() error { return errOf(fdsock.CheckedHtonl(-1)) }}},
		"CheckedNtohl": {{"-1", "OverflowError", func() error { return errOf(fdsock.CheckedNtohl(-1)) }}},
		"CheckedHtons": {
			{"-1", "OverflowError", func() error { return errOf(fdsock.CheckedHtons(-1)) }},
			{"65536", "OverflowError", func() error { return errOf(fdsock.CheckedHtons(65536)) }},
		},
		"CheckedNtohs": {{"65536", "OverflowError", func() error { return errOf(fdsock.CheckedNtohs(65536)) }}},
		"InetAton":     {{"nothing", "OSError", func() error { return errOf(fdsock.InetAton("")) }}},
		"InetNtoa":     {{"nil", "OSError", func() error { return errOf(fdsock.InetNtoa(nil)) }}},
		"InetNtop": {
			{"nil", "ValueError", func() error { return errOf(fdsock.InetNtop(fdsock.AF_INET, nil)) }},
			{"family -1", "ValueError", func() error { return errOf(fdsock.InetNtop(-1, []byte{127, 0, 0, 1})) }},
		},
		"InetPton": {
			{"nothing", "OSError", func() error { return errOf(fdsock.InetPton(fdsock.AF_INET6, "")) }},
			{"family -1", "OSError", func() error { return errOf(fdsock.InetPton(-1, "127.0.0.1")) }},
		},
		"GetProtoByName": {{"nothing", "OSError", func() error { return errOf(fdsock.GetProtoByName("")) }}},
		"GetServByName":  {{"nothing", "OSError", func() error { return errOf(fdsock.GetServByName("", "")) }}},
		"GetServByPort": {
			{"-1", "OverflowError", func() error { return errOf(fdsock.GetServByPort(-1, "")) }},
			{"65536", "OverflowError", func() error { return errOf(fdsock.GetServByPort(65536, "")) }},
		},
		"IfIndexToName": {
			{"0", "OSError", func() error { return errOf(fdsock.IfIndexToName(0)) }},
			{"-1", "OverflowError", func() error { return errOf(fdsock.IfIndexToName(-1)) }},
			{"too much", "OSError", func() error { return errOf(fdsock.IfIndexToName(math.MaxInt32)) }},
		},
		"IfNameToIndex": {
			{"nothing", "OSError", func() error { return errOf(fdsock.IfNameToIndex("")) }},
			{"a long name", "OSError", func() error { return errOf(fdsock.IfNameToIndex(strings.Repeat("x", 1000))) }},
		},
	}
}

// descriptorEdges are the functions that make sockets or pass descriptors.
// The sockets are a connected, nonblocking pair.
func descriptorEdges(a, b *fdsock.Socket) map[string][]edgeCase {
	return map[string][]edgeCase{
		"New": {
			{"-1", "OSError", func() error { return opened(fdsock.New(-1, -1, -1)) }},
			{"a protocol of -1", "OSError", func() error { return opened(fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, -1)) }},
		},
		"SocketPairOf": {
			{"-1", "OSError", func() error { _, _, err := fdsock.SocketPairOf(-1, -1, -1); return err }},
			{"a family without pairs", "OSError", func() error { _, _, err := fdsock.SocketPairOf(fdsock.AF_INET, fdsock.SOCK_STREAM, 0); return err }},
		},
		"FromFD": {
			{"-1", "ValueError", func() error { return opened(fdsock.FromFD(-1, fdsock.Detect, fdsock.Detect, fdsock.Detect)) }},
			{"none", "OSError", func() error {
				return opened(fdsock.FromFD(math.MaxInt32, fdsock.Detect, fdsock.Detect, fdsock.Detect))
			}},
		},
		"FromConn":    {{"nil", "ValueError", func() error { return opened(fdsock.FromConn(nil)) }}},
		"FromNetAddr": {{"nil", "ValueError", func() error { return errOf(fdsock.FromNetAddr(nil)) }}},
		"Dup": {
			{"-1", "OSError", func() error { return errOf(fdsock.Dup(-1)) }},
			{"too much", "OSError", func() error { return errOf(fdsock.Dup(math.MaxInt32)) }},
		},
		"CloseFD": {{"-1", "OSError", func() error { return fdsock.CloseFD(-1) }}},
		"RecvFDs": {
			{"-1 bytes", "ValueError", func() error { _, _, _, _, err := fdsock.RecvFDs(b, -1, 1); return err }},
			{"-1 descriptors", "OverflowError", func() error { _, _, _, _, err := fdsock.RecvFDs(b, 1, -1); return err }},
			{"no end of descriptors, taken for what the kernel passes", "BlockingIOError", func() error { _, _, _, _, err := fdsock.RecvFDs(b, 1, math.MaxInt); return err }},
			{"nothing there", "BlockingIOError", func() error { _, _, _, _, err := fdsock.RecvFDs(b, 1, 1); return err }},
		},
		"SendFDs": {
			{"a descriptor of -1", "OSError", func() error { return errOf(fdsock.SendFDs(a, [][]byte{{1}}, []int{-1})) }},
			{"nothing", "", func() error { return errOf(fdsock.SendFDs(a, nil, nil)) }},
		},
		"Splice": {{"nothing there", "BlockingIOError", func() error { return errOf(fdsock.Splice(a, b, 1)) }}},
	}
}

// without are the functions that have no edges, and why.
var without = map[string]string{
	"AppendControl": "takes any message; sys tests its form", "NextControl": "TestControlOfNothing",
	"Htonl": "total", "Htons": "total", "Ntohl": "total", "Ntohs": "total", "Inet": "total; the tests of addresses have its forms",
	"GetDefaultTimeout": "TestDefaultTimeoutAtItsEdges", "SetDefaultTimeout": "TestDefaultTimeoutAtItsEdges",
	"GetFQDN": "never fails", "GetHostName": "has no argument", "HasDualStackIPv6": "has no argument", "IfNameIndex": "has no argument",
	"SetHostName": "changes the machine; TestSetHostName", "Shutdown": "reactor's",
	"SendMsgAlg": "Linux's; TestSendMsgAFALG",
	"NewOn":      "New with a group", "SocketPair": "has no argument", "SocketPairOn": "SocketPair with a group",
}

// TestEveryFunctionAtItsEdges calls each function of the package with
// arguments that are wrong, or nearly so.
//
//inventory:row socket(fileno=)
func TestEveryFunctionAtItsEdges(t *testing.T) {
	onDefault(t)
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	defer closeSocket(t, a)
	defer closeSocket(t, b)
	a.SetTimeout(0)
	b.SetTimeout(0)
	tested := make(map[string]bool)
	for _, table := range []map[string][]edgeCase{hostEdges(t.Context()), numberEdges(), descriptorEdges(a, b)} {
		for name, list := range table {
			tested[name] = true
			for _, o := range list {
				t.Run(name+"/"+o.with, func(t *testing.T) {
					class := ""
					if err := o.call(); err != nil {
						class = failureOf(t, err).Class
					}
					if class != o.class {
						t.Errorf("it comes to %q, want %q", class, o.class)
					}
				})
			}
		}
	}
	exported := exportedFunctions(t)
	for name := range exported {
		why := without[name]
		if why == "" && !tested[name] && !strings.HasSuffix(name, "Error") {
			t.Errorf("no edge of %s is tested. Add some to a table in functions_test.go, or its name to without with the reason why it has none.", name)
		}
		if why != "" && tested[name] {
			t.Errorf("%s is without edges and is tested all the same", name)
		}
	}
	for name := range without {
		if !exported[name] {
			t.Errorf("%s is gone: take it out of without", name)
		}
	}
}

// exportedFunctions finds the package's functions, on every system.
func exportedFunctions(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, is := d.(*ast.FuncDecl); is && f.Recv == nil && f.Name.IsExported() {
				found[f.Name.Name] = true
			}
		}
	}
	return found
}

// TestPredicatesOfNoError asks the predicates about nil, and about an error of
// somebody else.
func TestPredicatesOfNoError(t *testing.T) {
	for i, is := range []func(error) bool{
		fdsock.BlockingIOError, fdsock.BrokenPipeError, fdsock.ChildProcessError, fdsock.ConnectionAbortedError,
		fdsock.ConnectionError, fdsock.ConnectionRefusedError, fdsock.ConnectionResetError, fdsock.FileExistsError,
		fdsock.FileNotFoundError, fdsock.InterruptedError, fdsock.IsADirectoryError, fdsock.NotADirectoryError,
		fdsock.PermissionError, fdsock.ProcessLookupError, fdsock.TimeoutError,
	} {
		for _, err := range []error{nil, fmt.Errorf("what: %w", context.Canceled)} {
			if is(err) {
				t.Errorf("predicate %d holds of %v", i, err)
			}
		}
	}
}

// TestControlOfNothing reads ancillary data that is none.
func TestControlOfNothing(t *testing.T) {
	for _, p := range [][]byte{nil, {}, {1}, make([]byte, 64), []byte(strings.Repeat("\xff", 64))} {
		if m, rest, ok := fdsock.NextControl(p); ok {
			t.Errorf("%d bytes are %v, and %d more", len(p), m, len(rest))
		}
	}
}

// TestDefaultTimeoutAtItsEdges sets the default timeout to what is hardly one.
func TestDefaultTimeoutAtItsEdges(t *testing.T) {
	defer fdsock.SetDefaultTimeout(fdsock.GetDefaultTimeout())
	for d, wanted := range map[time.Duration]time.Duration{
		math.MinInt64: fdsock.NoTimeout, -2: fdsock.NoTimeout, 0: 0, 1: 1, math.MaxInt64: math.MaxInt64,
	} {
		fdsock.SetDefaultTimeout(d)
		if got := fdsock.GetDefaultTimeout(); got != wanted {
			t.Errorf("%d is taken for %d", d, got)
		}
	}
}
