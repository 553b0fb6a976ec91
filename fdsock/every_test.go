package fdsock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// openSocket makes a socket.
func openSocket(t *testing.T, family, typ int) *fdsock.Socket {
	t.Helper()
	s, err := fdsock.New(family, typ, 0)
	want(t, err, nil)
	return s
}

// sample returns an argument of a type that a method takes, such that the
// call would be sound on an open socket of the internet family.
func sample(t *testing.T, method string, typ reflect.Type) reflect.Value {
	t.Helper()
	zero := int64(0)
	for _, v := range []any{
		1, true, "r", []byte("text"),
		[][]byte{[]byte("text")},
		[]fdsock.ControlMessage(nil), &zero, zero,
		fdsock.Inet("127.0.0.1", 9), netip.MustParseAddrPort("127.0.0.1:9"),
		fdsock.Multicast{Group: netip.MustParseAddr("224.0.0.251"), Source: netip.MustParseAddr("127.0.0.1")},
		&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9},
		strings.NewReader("text"), io.Discard, context.Background(), time.Second, time.Now().Add(time.Hour), reactor.Readable, &reactor.Subscription{}, fdsock.KernelFlag,
	} {
		if value := reflect.ValueOf(v); value.Type() == typ || typ.Kind() == reflect.Interface && value.Type().Implements(typ) {
			return value
		}
	}
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Func, reflect.Map:
		return reflect.Zero(typ)
	case reflect.Struct:
		return reflect.Zero(typ)
	}
	t.Fatalf("%s takes a %s, of which there is no sample here", method, typ)
	panic("unreachable")
}

// callWithSamples calls a method with a sound argument for each parameter, and
// none for a variadic one.
func callWithSamples(t *testing.T, name string, method reflect.Value) []reflect.Value {
	t.Helper()
	var args []reflect.Value
	for i := range method.Type().NumIn() {
		if method.Type().IsVariadic() && i == method.Type().NumIn()-1 {
			break
		}
		args = append(args, sample(t, name, method.Type().In(i)))
	}
	return method.Call(args)
}

// lastError returns the error that a call's results end with.
func lastError(results []reflect.Value) (err error, has bool) {
	if len(results) == 0 || results[len(results)-1].Type() != reflect.TypeFor[error]() {
		return nil, false
	}
	err, _ = results[len(results)-1].Interface().(error)
	return err, true
}

// settled are the methods that a closed socket answers otherwise than with an
// error, and what they answer: Python's too, whose sockets keep their type
// and timeout after close().
var settled = map[string]string{
	"Close":       "<nil>", // again does nothing
	"ConnectEx":   "bad file descriptor <nil>",
	"Detach":      "-1",
	"Family":      fmt.Sprint(fdsock.AF_INET),
	"Fileno":      "-1",
	"GetBlocking": "true",
	"GetTimeout":  fmt.Sprint(fdsock.NoTimeout),
	"Proto":       "0",
	"SetBlocking": "",
	"SetTimeout":  "",
	"String":      fmt.Sprintf("<fdsock.Socket [closed] fd=-1, family=%d, type=%d, proto=0>", fdsock.AF_INET, fdsock.SOCK_STREAM),
	"Type":        fmt.Sprint(fdsock.SOCK_STREAM),
}

// aside are the methods by which packages above reach the loop, and those that
// make files, which can be made of a closed socket.
var aside = []string{"Handle", "Makefile", "MakefileBinary", "MakefileText", "Options", "Readiness", "Resume", "Subscribe", "SyscallConn", "Unsubscribe"}

// TestEveryMethodOnClosed calls every method that a closed socket has, found
// by reflection: what is not among the settled fails with EBADF, under
// Python's name, and as net.ErrClosed.
func TestEveryMethodOnClosed(t *testing.T) {
	onDefault(t)
	typ := reflect.TypeFor[*fdsock.Socket]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		t.Run(name, func(t *testing.T) {
			typ := fdsock.SOCK_STREAM
			if name == "PacketConn" {
				typ = fdsock.SOCK_DGRAM
			}
			s := openSocket(t, fdsock.AF_INET, typ)
			closeSocket(t, s)
			checkClosed(t, name, reflect.ValueOf(s).Method(i))
		})
	}
	for name := range settled {
		if _, ok := typ.MethodByName(name); !ok {
			t.Errorf("there is no method %s", name)
		}
	}
}

func checkClosed(t *testing.T, name string, method reflect.Value) {
	t.Helper()
	if slices.Contains(aside, name) {
		return
	}
	results := callWithSamples(t, name, method)
	if answer, ok := settled[name]; ok {
		var words []string
		for _, r := range results {
			words = append(words, fmt.Sprint(r.Interface()))
		}
		if got := strings.Join(words, " "); got != answer {
			t.Errorf("gives %q, want %q", got, answer)
		}
		return
	}
	err, has := lastError(results)
	if !has {
		t.Fatal("gives no error: say in this test what it does on a closed socket")
	}
	wantClosed(t, err)
	for _, r := range results[:len(results)-1] {
		if empty := r.Kind() == reflect.Slice && r.Len() == 0; !empty && !r.IsZero() {
			t.Errorf("gives %v along with the error", r.Interface())
		}
	}
}

// TestMakefileOnClosed makes files of a closed socket, as Python does: it is
// reading that fails.
func TestMakefileOnClosed(t *testing.T) {
	onDefault(t)
	s := openSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM)
	closeSocket(t, s)
	f, err := s.Makefile("rb")
	want(t, err, nil)
	if _, err := f.(io.Reader).Read(make([]byte, 1)); !errors.Is(err, sys.EBADF) {
		t.Error("error is", err)
	}
	want(t, f.Close(), nil)
}

// TestEveryCallOnClosed is the same for calls that can be taken up again.
func TestEveryCallOnClosed(t *testing.T) {
	onDefault(t)
	s := openSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM)
	closeSocket(t, s)
	typ := reflect.TypeFor[*fdsock.Call]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		if slices.Contains([]string{"Began", "Begin", "MayWait", "Sleep", "Within"}, name) {
			continue // tells when the call began; the others are a part of one, see TestLayeredCall
		}
		t.Run(name, func(t *testing.T) { checkClosed(t, "Call."+name, reflect.ValueOf(s.Resume(0)).Method(i)) })
	}
}

// TestEveryViewOnClosed calls every method of the forms that package net
// knows, once they are closed.
func TestEveryViewOnClosed(t *testing.T) {
	onDefault(t)
	stream := func(t *testing.T) *fdsock.Socket {
		a, b, err := fdsock.SocketPair()
		want(t, err, nil)
		closeSocket(t, b)
		return a
	}
	for what, open := range map[string]func(t *testing.T) (view any, err error){
		"Conn": func(t *testing.T) (any, error) { return stream(t).Conn() },
		"Listener": func(t *testing.T) (any, error) {
			s, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
			want(t, err, nil)
			return s.Listener()
		},
		"PacketConn": func(t *testing.T) (any, error) {
			s := openSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
			want(t, s.Bind(fdsock.Inet("127.0.0.1", 0)), nil)
			return s.PacketConn()
		},
	} {
		t.Run(what, func(t *testing.T) {
			view, err := open(t)
			want(t, err, nil)
			v := reflect.ValueOf(view)
			want(t, view.(interface{ Close() error }).Close(), nil)
			for i := range v.NumMethod() {
				name := v.Type().Method(i).Name
				err, has := lastError(callWithSamples(t, name, v.Method(i)))
				again := name == "Close" || name == "SyscallConn" // need no open socket
				if has && !again && !errors.Is(err, net.ErrClosed) {
					t.Errorf("%s on a closed %s: %v", name, what, err)
				}
			}
		})
	}
}

// TestEveryContextEnds gives every form with a context one that has ended:
// nothing is done, and the error is the context's.
func TestEveryContextEnds(t *testing.T) {
	onDefault(t)
	typ := reflect.TypeFor[*fdsock.Socket]()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	found := 0
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if !strings.HasSuffix(m.Name, "Context") {
			continue
		}
		found++
		t.Run(m.Name, func(t *testing.T) {
			s := openSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM)
			defer closeSocket(t, s)
			args := []reflect.Value{reflect.ValueOf(s), reflect.ValueOf(ended)}
			for i := 2; i < m.Type.NumIn(); i++ {
				if !m.Type.IsVariadic() || i != m.Type.NumIn()-1 {
					args = append(args, sample(t, m.Name, m.Type.In(i)))
				}
			}
			err, _ := lastError(m.Func.Call(args))
			var e *fdsock.ContextError
			if !errors.As(err, &e) || !errors.Is(err, context.Canceled) {
				t.Error("error is", err)
			}
		})
	}
	if found == 0 {
		t.Error("no method takes a context")
	}
}
