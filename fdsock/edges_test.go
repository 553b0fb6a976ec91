package fdsock_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// beyond is a number that does not fit a C int, whose lower half is 0.
var beyond = int64(1) << 32

// edges are arguments that are wrong, or nearly so.
func edges(typ reflect.Type) []reflect.Value {
	var list []any
	switch typ {
	case reflect.TypeFor[int]():
		list = []any{math.MinInt, math.MinInt32, -2, -1, 0, 1, 1024, 1025, int(beyond), math.MaxInt}
	case reflect.TypeFor[[]byte]():
		list = []any{[]byte(nil), []byte{}, []byte{1}}
	case reflect.TypeFor[[][]byte]():
		list = []any{[][]byte(nil), [][]byte{nil, {}, {1}}, make([][]byte, 1025)}
	case reflect.TypeFor[time.Duration]():
		list = []any{time.Duration(-1 << 63), time.Duration(0), time.Duration(1<<63 - 1)}
	case reflect.TypeFor[time.Time]():
		list = []any{time.Time{}, time.Unix(1, 0), time.Unix(1<<40, 0)}
	case reflect.TypeFor[string]():
		list = []any{"", "\x00", "rwb", "x"}
	case reflect.TypeFor[fdsock.Multicast]():
		list = []any{fdsock.Multicast{}, fdsock.Multicast{Group: netip.IPv6Unspecified(), Interface: -1}}
	case reflect.TypeFor[bool]():
		list = []any{false, true}
	case reflect.TypeFor[netip.AddrPort]():
		list = []any{netip.AddrPort{}, netip.MustParseAddrPort("[::1%lo]:1")}
	case reflect.TypeFor[[]fdsock.ControlMessage]():
		list = []any{
			[]fdsock.ControlMessage{{}},
			[]fdsock.ControlMessage{{Level: -1, Type: math.MaxInt, Data: make([]byte, 5)}},
			[]fdsock.ControlMessage{{Level: fdsock.SOL_SOCKET, Type: 1, Data: []byte{0xff, 0xff, 0xff, 0xff}}},
		}
	case reflect.TypeFor[fdsock.Addr]():
		list = []any{
			fdsock.InetAddr{},
			fdsock.Inet("127.0.0.1", -1), fdsock.Inet("127.0.0.1", 65536), fdsock.Inet("::1", 1), fdsock.UnixAddr(""),
			fdsock.UnixAddr(strings.Repeat("x", 109)),
			fdsock.RawAddr{},
			fdsock.RawAddr{Family: -1, Data: strings.Repeat("x", 200)},
		}
	}
	var values []reflect.Value
	for _, v := range list {
		values = append(values, reflect.ValueOf(v))
	}
	if typ == reflect.TypeFor[fdsock.Addr]() || typ == reflect.TypeFor[context.Context]() || typ == reflect.TypeFor[[]fdsock.ControlMessage]() {
		values = append(values, reflect.Zero(typ))
	}
	return values
}

// TestEveryArgumentAtItsEdges calls every method with each of its arguments
// wrong in turn, on sockets of every kind: it fails or succeeds, it does not
// panic, and its error says what is wrong.
func TestEveryArgumentAtItsEdges(t *testing.T) {
	onDefault(t)
	typ := reflect.TypeFor[*fdsock.Socket]()
	for _, kind := range []struct{ family, typ int }{
		{fdsock.AF_INET, fdsock.SOCK_STREAM},
		{fdsock.AF_INET6, fdsock.SOCK_DGRAM},
		{fdsock.AF_UNIX, fdsock.SOCK_STREAM},
		{fdsock.AF_UNIX, fdsock.SOCK_DGRAM},
	} {
		for i := range typ.NumMethod() {
			m := typ.Method(i)
			if slices.Contains(aside, m.Name) && !strings.HasPrefix(m.Name, "Makefile") || m.Name == "Await" {
				continue
			}
			for at := 1; at < m.Type.NumIn(); at++ {
				atEdges(t, m, at, kind.family, kind.typ)
			}
		}
	}
}

// atEdges calls a method with each edge of one argument, the others sound.
func atEdges(t *testing.T, m reflect.Method, at, family, typ int) {
	t.Helper()
	of := m.Type.In(at)
	variadic := m.Type.IsVariadic() && at == m.Type.NumIn()-1
	if variadic {
		of = of.Elem()
	}
	for _, edge := range edges(of) {
		if strings.HasPrefix(m.Name, "Recv") && edge.CanInt() && edge.Int() > 1<<20 && at < m.Type.NumIn()-1 {
			continue // memory that the machine may have
		}
		s := openSocket(t, family, typ)
		s.SetTimeout(0)
		args := []reflect.Value{reflect.ValueOf(s)}
		for i := 1; i < m.Type.NumIn(); i++ {
			switch {
			case i == at:
				args = append(args, edge)
			case !m.Type.IsVariadic() || i != m.Type.NumIn()-1:
				args = append(args, sample(t, m.Name, m.Type.In(i)))
			}
		}
		func() {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("family %d, type %d: %s with argument %d = %#v panics: %v", family, typ, m.Name, at, edge, r)
				}
			}()
			results := m.Func.Call(args)
			for _, r := range results {
				if file, ok := r.Interface().(io.Closer); ok && !r.IsZero() {
					_ = file.Close() // Makefile's, Dup's
				}
			}
			if err, has := lastError(results); has && err != nil && err.Error() == "" {
				t.Errorf("%s with argument %d = %v: an error without a text", m.Name, at, edge)
			}
		}()
		closeSocket(t, s)
	}
}

// TestNumbersBeyondC passes numbers that do not fit a C int: Python's
// OverflowError, not what is left of them in 32 bits.
func TestNumbersBeyondC(t *testing.T) {
	onDefault(t)
	s := openSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM)
	defer closeSocket(t, s)
	for _, n := range []int{int(beyond), int(beyond) + 1, int(-beyond), math.MinInt, math.MaxInt} {
		if n == int(int32(n)) {
			t.Skip("an int is no larger here")
		}
		for name, call := range map[string]func() error{
			"shutdown":        func() error { return s.Shutdown(n) },
			"listen":          func() error { return s.Listen(n) },
			"getsockopt":      func() error { _, err := s.GetSockOpt(fdsock.SOL_SOCKET, n); return err },
			"getsockopt size": func() error { _, err := s.GetSockOptBytes(n, fdsock.SO_TYPE, 4); return err },
			"setsockopt":      func() error { return s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE, n) },
			"setsockopt name": func() error { return s.SetSockOptBytes(fdsock.SOL_SOCKET, n, []byte{1, 0, 0, 0}) },
			"setsockopt none": func() error { return s.SetSockOptNil(n, fdsock.SO_KEEPALIVE, 4) },
			"recvmsg":         func() error { _, _, err := s.RecvMsg(1, max(n, -n-1)); return err },
		} {
			var overflow *fdsock.OverflowError
			var value *fdsock.ValueError // recvmsg's, as in Python
			if err := call(); !errors.As(err, &overflow) && !errors.As(err, &value) {
				t.Errorf("%s with %d: %v", name, n, err)
			}
		}
	}
}
