package poller_test

import (
	"net/netip"
	"runtime"
	"testing"

	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// TestQueue is the contract of doc.go, clause by clause.
func TestQueue(t *testing.T) {
	clauses := map[string]func(*testing.T, poller.Backend){
		"the present readiness at Add":     testAdd,
		"the present readiness, with data": testAddWithData,
		"an edge for each change":          testEdges,
		"end of file":                      testEnd,
		"reset":                            testReset,
		"refused connection":               testRefused,
		"urgent data":                      testUrgent,
		"tokens":                           testTokens,
		"removal":                          testRemove,
		"reused number":                    testReuse,
		"batches":                          testBatches,
		"errors":                           testErrors,
	}
	for _, b := range poller.Backends() {
		for name, clause := range clauses {
			t.Run(b.Name+"/"+name, func(t *testing.T) { clause(t, b) })
		}
	}
}

func testAdd(t *testing.T, b poller.Backend) {
	t.Helper()
	a, _ := socketpair(t)
	w := watch(t, b, a)
	w.expect("Add", poller.Writable)
	w.silent("the second look")
}

func testAddWithData(t *testing.T, b poller.Backend) {
	t.Helper()
	a, peer := socketpair(t)
	send(t, peer, "x", 0)
	w := watch(t, b, a)
	w.expect("Add", poller.Readable|poller.Writable)
	w.silent("the second look")
}

func testEdges(t *testing.T, b poller.Backend) {
	t.Helper()
	a, peer := socketpair(t)
	w := watch(t, b, a)
	w.fetch()
	send(t, peer, "x", 0)
	w.expect("data", poller.Readable)
	w.silent("the same data")
	send(t, peer, "y", 0)
	w.expect("more data, the first unread", poller.Readable)
	send(t, peer, "z", 0)
	drain(a)
	if got := w.fetch(); got&^(poller.Readable|poller.Writable) != 0 {
		t.Errorf("data that was read before the look: reported %v", got)
	}
	fill(a)
	w.fetch()
	w.silent("full")
	drain(peer)
	w.expect("room again", poller.Writable)
}

func testEnd(t *testing.T, b poller.Backend) {
	t.Helper()
	a, peer := tcp(t)
	w := watch(t, b, a)
	w.fetch()
	if errno := sys.Shutdown(peer, sys.SHUT_WR); errno != 0 {
		t.Fatal(errno)
	}
	w.expect("the peer's shutdown", poller.Readable|poller.ReadHangUp)
	if errno := sys.Shutdown(a, sys.SHUT_WR); errno != 0 {
		t.Fatal(errno)
	}
	w.expect("both have shut down", poller.HangUp)
}

func testReset(t *testing.T, b poller.Backend) {
	t.Helper()
	a, peer := tcp(t)
	w := watch(t, b, a)
	w.fetch()
	reset(t, peer)
	w.expect("reset", poller.Error|poller.HangUp|poller.Readable|poller.Writable)
}

func testRefused(t *testing.T, b poller.Backend) {
	t.Helper()
	free := socket(t) // bound and not listening, so that nobody else gets the port
	defer sys.Close(free)
	addr := sys.Inet(loopback)
	if errno := sys.Bind(free, &addr); errno != 0 {
		t.Fatal(errno)
	}
	addr, _ = sys.Getsockname(free)
	fd := socket(t)
	defer sys.Close(fd)
	switch errno := sys.Connect(fd, &addr); errno {
	case sys.EINPROGRESS, sys.ECONNREFUSED:
	default:
		t.Fatal(errno)
	}
	w := watch(t, b, fd)
	w.expect("refused", poller.Writable|poller.HangUp)
}

func testUrgent(t *testing.T, b poller.Backend) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("kqueue reports urgent data as data")
	}
	a, peer := tcp(t)
	w := watch(t, b, a)
	w.fetch()
	send(t, peer, "!", sys.MSG_OOB)
	w.expect("urgent data", poller.Priority)
}

func testTokens(t *testing.T, b poller.Backend) {
	t.Helper()
	q, _ := open(t, b)
	tokens := []poller.Token{0, 1, 1 << 31, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1, poller.NewToken(7, 9)}
	missing := make(map[poller.Token]bool)
	for _, token := range tokens {
		fd, _ := socketpair(t)
		if errno := q.Add(fd, token); errno != 0 {
			t.Fatal(errno)
		}
		missing[token] = true
	}
	var events [16]poller.Event
	n, errno := q.Fetch(events[:])
	for _, ev := range events[:n] {
		if !missing[ev.Token] || ev.Ready != poller.Writable {
			t.Errorf("unexpected %+v", ev)
		}
		delete(missing, ev.Token)
	}
	if len(missing) != 0 || errno != 0 {
		t.Errorf("not reported: %v, %v", missing, errno)
	}
}

func testRemove(t *testing.T, b poller.Backend) {
	t.Helper()
	a, peer := socketpair(t)
	w := watch(t, b, a)
	send(t, peer, "x", 0)
	if errno := w.queue.Remove(a); errno != 0 {
		t.Fatal(errno)
	}
	w.silent("an edge from before Remove")
	send(t, peer, "x", 0)
	w.silent("an edge from after Remove")
	if errno := w.queue.Remove(a); errno != sys.ENOENT {
		t.Errorf("second Remove: %v, want %v", errno, sys.ENOENT)
	}
	if errno := w.queue.Add(a, token); errno != 0 {
		t.Fatal(errno)
	}
	w.expect("Add after Remove", poller.Readable|poller.Writable)
}

// testReuse gives a descriptor's number to another: nothing of the first may
// be reported under the second's token.
func testReuse(t *testing.T, b poller.Backend) {
	t.Helper()
	a, peer := socketpair(t)
	kept, errno := dup(a) // keeps the open file, as a child process might
	if errno != 0 {
		t.Fatal(errno)
	}
	defer sys.Close(kept)
	w := watch(t, b, a)
	w.fetch()
	send(t, peer, "x", 0)
	if errno := w.queue.Remove(a); errno != 0 {
		t.Fatal(errno)
	}
	other, otherPeer := socketpair(t)
	dupTo(t, other, a)
	w.token = token + 1
	if errno := w.queue.Add(a, w.token); errno != 0 {
		t.Fatal(errno)
	}
	w.expect("the new one", poller.Writable)
	send(t, peer, "x", 0)
	w.silent("data for the old one")
	send(t, otherPeer, "x", 0)
	w.expect("data for the new one", poller.Readable)
}

func testBatches(t *testing.T, b poller.Backend) {
	t.Helper()
	const n = 600
	q, _ := open(t, b)
	for i := range n {
		fd, _ := socketpair(t)
		if errno := q.Add(fd, poller.Token(i)); errno != 0 {
			t.Fatal(errno)
		}
	}
	seen := make(map[poller.Token]int)
	for _, size := range []int{1, 7, 1000, 1000, 1000, 1000} {
		events := make([]poller.Event, size)
		got, errno := q.Fetch(events)
		if errno != 0 || got > size {
			t.Fatalf("fetched %d of %d: %v", got, size, errno)
		}
		for _, ev := range events[:got] {
			seen[ev.Token]++
		}
	}
	if len(seen) != n {
		t.Errorf("%d descriptors were reported, want %d", len(seen), n)
	}
	for token, times := range seen {
		if times != 1 {
			t.Errorf("descriptor %d was reported %d times", token, times)
		}
	}
}

func testErrors(t *testing.T, b poller.Backend) {
	t.Helper()
	q, _ := open(t, b)
	if errno := q.Add(1<<20, 1); errno != sys.EBADF {
		t.Errorf("Add of a number that is not open: %v", errno)
	}
	for _, op := range []sys.Op{sys.OpQueueControl, sys.OpQueueWait} {
		a, _ := socketpair(t)
		fault := sys.ENOMEM
		restore := sys.SetHook(func(call sys.Call) (f sys.Fault) {
			if call.Op == op {
				f.Errno, fault = fault, 0
			}
			return f
		})
		var errno sys.Errno
		if op == sys.OpQueueControl {
			errno = q.Add(a, 1)
		} else {
			_, errno = q.Fetch(make([]poller.Event, 1))
		}
		restore()
		if errno != sys.ENOMEM {
			t.Errorf("%v: %v, want %v", op, errno, sys.ENOMEM)
		}
	}
}
