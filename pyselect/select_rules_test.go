package pyselect_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

//inventory:row test_select.SelectTestCase.test_error_conditions
func TestSelectArguments(t *testing.T) {
	for _, lists := range [][3]list{{{nil}, nil, nil}, {nil, {nil}, nil}, {nil, nil, {nil}}} {
		fails[*pyselect.TypeError](t, ask(lists[0], lists[1], lists[2], 0).err, "argument must be an int, or have a fileno() method.")
	}
	if strconv.IntSize == 64 {
		one := 1
		big := one << 31
		fails[*pyselect.OverflowError](t, ask(list{pyselect.FD(big)}, nil, nil, 0).err, "Python int too large to convert to C int")
	}
	for _, timeout := range []time.Duration{-2, -time.Second, math.MinInt64} {
		fails[*pyselect.ValueError](t, ask(nil, nil, nil, timeout).err, "timeout must be non-negative")
	}
}

//inventory:row test_select.SelectTestCase.test_errno
func TestSelectClosedDescriptor(t *testing.T) {
	r, w := openPipe(t)
	closeBare(t, r)
	closeBare(t, w)
	ask(list{r}, nil, nil, 0).fails(t, unix.EBADF)
	ask(nil, nil, list{w}, pyselect.Forever).fails(t, unix.EBADF)
}

//inventory:row test_select.SelectTestCase.test_returned_list_identity
func TestSelectResultsApart(t *testing.T) {
	_, b := pair(t)
	f := object(t)
	both := list{b, f}
	r, w, _, err := pyselect.Select(list{f, f}, both, nil, 0)
	must(t, err)
	r[0], r = b, append(r, b)
	if w[0] != pyselect.Object(b) || w[1] != pyselect.Object(f) || len(r) != 3 || both[0] != pyselect.Object(b) {
		t.Error("results share their memory", r, w, both)
	}
}

// shrinking is an object whose Fileno takes the last element of a list away.
type shrinking struct {
	fd   pyselect.FD
	from *list
}

func (s *shrinking) Fileno() int {
	l := *s.from
	l[len(l)-1] = s.fd
	*s.from = l[:len(l)-1]
	return s.fd.Fileno()
}

//inventory:row test_select.SelectTestCase.test_select_mutated
func TestSelectMutated(t *testing.T) {
	f := object(t)
	var l list
	for range 10 {
		l = append(l, &shrinking{f, &l})
	}
	_, w, _, err := pyselect.Select(nil, l, nil, 0)
	must(t, err)
	// The first half is itself, the rest has been replaced before its turn.
	if len(w) != 10 || len(l) != 5 {
		t.Fatal(len(w), len(l))
	}
	for i, o := range w {
		if _, itself := o.(*shrinking); itself != (i < 5) || o.Fileno() != int(f) && i >= 5 {
			t.Error(i, o)
		}
	}
}

// TestSeconds converts Python's floats: away from zero, NaN and what is too
// big refused.
//
//inventory:row select timeout
func TestSeconds(t *testing.T) {
	for _, c := range []struct {
		s    float64
		want time.Duration
	}{
		{0, 0},
		{1, time.Second},
		{0.0005, 500 * time.Microsecond},
		{1e-9, 1},
		{1e-12, 1},
		{math.SmallestNonzeroFloat64, 1},
		{1.0000000001, time.Second + 1},
		{-1e-12, -2},
		{-1, -time.Second},
		{9e9, 9e9 * time.Second},
	} {
		if d, err := pyselect.Seconds(c.s); err != nil || d != c.want {
			t.Errorf("%v seconds are %v %v, want %v", c.s, d, err, c.want)
		}
	}
	if d, err := pyselect.Milliseconds(0.1); err != nil || d != 100*time.Microsecond {
		t.Error(d, err)
	}
	for _, convert := range []func(float64) (time.Duration, error){pyselect.Seconds, pyselect.Milliseconds} {
		_, err := convert(math.NaN())
		fails[*pyselect.ValueError](t, err, "Invalid value NaN (not a number)")
		for _, v := range []float64{1e300, math.Inf(1), math.Inf(-1), 1e16} {
			_, err = convert(v)
			fails[*pyselect.OverflowError](t, err, "timestamp too large to convert to C _PyTime_t")
		}
	}
	d, err := pyselect.Seconds(-1e-300) // negative, however little, is refused
	must(t, err)
	fails[*pyselect.ValueError](t, ask(nil, nil, nil, d).err, "timeout must be non-negative")
}

// TestSelectTinyTimeouts never return early.
//
//inventory:row select timeout
func TestSelectTinyTimeouts(t *testing.T) {
	_, b := pair(t)
	r, _ := pipe(t)
	for _, l := range []list{nil, {b}, {r}, {b, r}} {
		for _, timeout := range []time.Duration{1, time.Microsecond, 1500 * time.Microsecond} {
			start := time.Now()
			ask(l, nil, l, timeout).wants(t, nil, nil, nil)
			if d := time.Since(start); d < timeout {
				t.Errorf("%v: returned after %v", timeout, d)
			}
		}
	}
}

// TestContextEndsWait of every call, with sockets and without.
func TestContextEndsWait(t *testing.T) {
	a, b := pair(t)
	r, _ := pipe(t)
	for _, l := range []list{nil, {b}, {r}, {b, r}} {
		p := newPoll(t, pyselect.POLLIN, l...)
		for name, call := range map[string]func(ctx context.Context) (events, error){
			"select": func(ctx context.Context) (events, error) {
				_, _, _, err := pyselect.SelectContext(ctx, l, nil, l, pyselect.Forever)
				return nil, err
			},
			"poll": func(ctx context.Context) (events, error) { return p.PollContext(ctx, pyselect.Forever) },
		} {
			ctx, cancel := context.WithCancel(context.Background())
			waiting := beginPoll(t, func() (events, error) { return call(ctx) })
			cancel()
			if err := receive(t, waiting, "the answer").err; !errors.Is(err, context.Canceled) {
				t.Error(name, err)
			}
			if _, err := call(ctx); !errors.Is(err, context.Canceled) {
				t.Error(name, err)
			}
			ctx, cancel = context.WithTimeout(context.Background(), soon)
			if _, err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(name, err)
			}
			cancel()
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	send(t, a, "x")
	got, _, _, err := pyselect.SelectContext(ctx, list{b}, nil, nil, pyselect.Forever)
	if err != nil || len(got) != 1 { // it need not wait
		t.Error(got, err)
	}
}

// TestSelectManyAndFew answers alike on both sides of the number up to which
// all are asked about.
func TestSelectManyAndFew(t *testing.T) {
	g := newGroup(t, reactor.Config{Loops: 2})
	var peers []*fdsock.Socket
	var l list
	for range 20 {
		a, b := pairOn(t, g)
		peers, l = append(peers, a), append(l, b)
	}
	for n := 1; n <= len(l); n++ {
		ask(l[:n], nil, l[:n], 0).wants(t, nil, nil, nil)
		waiting := begin(t, l[:n], nil, nil, patience)
		send(t, peers[n-1], "x")
		receive(t, waiting, "the answer").wants(t, l[n-1:n], nil, nil)
		ask(l[:n], l[:n], nil, 0).wants(t, l[n-1:n], l[:n], nil)
		recv(t, l[n-1].(*fdsock.Socket))
	}
}
