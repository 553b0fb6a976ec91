package selectors_test

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/internal/waits"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

const (
	read  = selectors.EVENT_READ
	write = selectors.EVENT_WRITE

	forever  = pyselect.Forever
	patience = 30 * time.Second
	soon     = 5 * time.Millisecond
)

// every runs a test over each selector: the default one is the kernel's queue.
func every(t *testing.T, test func(t *testing.T, s selectors.Selector)) {
	t.Helper()
	for name, open := range map[string]func() (selectors.Selector, error){
		"default": selectors.NewDefaultSelector,
		"poll":    func() (selectors.Selector, error) { return selectors.NewPollSelector(), nil },
		"select":  func() (selectors.Selector, error) { return selectors.NewSelectSelector(), nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open()
			must(t, err)
			t.Cleanup(func() { must(t, s.Close()) })
			test(t, s)
		})
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func pair(tb testing.TB) (a, b *fdsock.Socket) {
	tb.Helper()
	a, b, err := fdsock.SocketPair()
	must(tb, err)
	tb.Cleanup(func() { must(tb, a.Close()); must(tb, b.Close()) })
	return a, b
}

func send(tb testing.TB, s *fdsock.Socket, text string) {
	tb.Helper()
	_, err := s.Send([]byte(text))
	must(tb, err)
}

func register(tb testing.TB, s selectors.Selector, o selectors.Object, events int, data any) selectors.SelectorKey {
	tb.Helper()
	key, err := s.Register(o, events, data)
	must(tb, err)
	return key
}

// isKeyError fails the test unless it is one, about this.
func isKeyError(tb testing.TB, err error, text string) {
	tb.Helper()
	var e *selectors.KeyError
	if !errors.As(err, &e) || !strings.HasSuffix(err.Error(), text) {
		tb.Errorf("error is %v, want KeyError …%s", err, text)
	}
}

func isValueError(tb testing.TB, err error, text string) {
	tb.Helper()
	var e *pyselect.ValueError
	if !errors.As(err, &e) || err.Error() != text {
		tb.Errorf("error is %v, want ValueError %s", err, text)
	}
}

// answer is what Select returned.
type answer struct {
	ready []selectors.Ready
	err   error
}

func ask(s selectors.Selector, timeout time.Duration) answer {
	ready, err := s.Select(timeout)
	return answer{ready, err}
}

// wants compares what came of each descriptor, in any order.
func (a answer) wants(tb testing.TB, want ...selectors.Ready) {
	tb.Helper()
	must(tb, a.err)
	merged := []selectors.Ready{}
	for _, r := range a.ready {
		if i := slices.IndexFunc(merged, func(m selectors.Ready) bool { return m.Key == r.Key }); i >= 0 && merged[i].Events&r.Events == 0 {
			merged[i].Events |= r.Events // kqueue has an event for each direction
			continue
		}
		merged = append(merged, r)
	}
	byFD := func(a, b selectors.Ready) int { return a.Key.FD - b.Key.FD }
	slices.SortFunc(merged, byFD)
	slices.SortFunc(want, byFD)
	if !slices.Equal(merged, want) {
		tb.Fatalf("answer is %v, want %v", a.ready, want)
	}
}

// begin calls Select in another goroutine, and returns when it waits.
func begin(tb testing.TB, s selectors.Selector) <-chan answer {
	tb.Helper()
	c := make(chan answer, 1)
	go func() { c <- ask(s, forever) }()
	untilWaiting(tb)
	return c
}

// untilWaiting lets others run until one of them waits in a selector.
func untilWaiting(tb testing.TB) {
	tb.Helper()
	for deadline := time.Now().Add(patience); waits.Now.Load() == 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			tb.Fatal("nobody waits")
		}
	}
}

func receive(tb testing.TB, c <-chan answer) answer {
	tb.Helper()
	select {
	case a := <-c:
		return a
	case <-time.After(patience):
		tb.Fatal("no answer")
		panic("unreachable")
	}
}
