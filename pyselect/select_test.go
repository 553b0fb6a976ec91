package pyselect_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// wrapped is an object that is no more than its descriptor.
type wrapped struct{ s *fdsock.Socket }

func (w *wrapped) Fileno() int { return w.s.Fileno() }

// TestOrderAndDuplicates returns the caller's own objects, in their order.
//
//inventory:row select result order
func TestOrderAndDuplicates(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		a, b := pairOn(t, g)
		c, _ := pairOn(t, g)
		r, w := pipe(t)
		file := object(t)
		send(t, a, "x")
		number, other := pyselect.FD(b.Fileno()), &wrapped{b}
		all := list{other, w, b, c, r, number, file, b, r, number}
		ready := list{other, b, number, file, b, number}
		writable := list{other, w, b, c, number, file, b, number}
		ask(all, all, all, 0).wants(t, ready, writable, nil)
		ask(all, nil, nil, pyselect.Forever).wants(t, ready, nil, nil)
		write(t, w, "y")
		ask(list{r, r, c, b}, list{c, c}, list{b, r}, pyselect.Forever).wants(t, list{r, r, b}, list{c, c}, nil)
		ask(nil, nil, nil, 0).wants(t, nil, nil, nil)
	})
}

// object makes a regular file.
func object(t *testing.T) pyselect.FD {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	return pyselect.FD(f.Fd())
}

// TestBareOnDefaultGroup waits where no socket names a loop.
func TestBareOnDefaultGroup(t *testing.T) {
	onDefault(t)
	r, w := openPipe(t)
	defer closeBare(t, r)
	waiting := begin(t, list{r}, nil, nil, pyselect.Forever)
	write(t, w, "x")
	receive(t, waiting, "the answer").wants(t, list{r}, nil, nil)
	ask(list{r}, list{w, r}, list{r, w}, 0).wants(t, list{r}, list{w}, nil)
	read(t, r)
	waiting = begin(t, list{r}, list{r}, list{r}, pyselect.Forever)
	closeBare(t, w)
	receive(t, waiting, "the answer").wants(t, list{r}, nil, nil) // end of file
	ask(list{r}, list{r}, list{r}, 0).wants(t, list{r}, nil, nil)
}

//inventory:row select regular file
func TestRegularFiles(t *testing.T) {
	onDefault(t)
	f := object(t)
	for _, timeout := range []time.Duration{0, patience, pyselect.Forever} {
		ask(list{f}, list{f}, list{f}, timeout).wants(t, list{f}, list{f}, nil)
	}
}

//inventory:row select timeout
//inventory:row select empty lists
func TestTimeouts(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		_, b := pairOn(t, g)
		r, _ := pipe(t)
		for name, lists := range map[string]list{"socket": {b}, "both": {b, r}, "none": {}} {
			for range 3 {
				start := time.Now()
				ask(lists, nil, lists, soon).wants(t, nil, nil, nil)
				if d := time.Since(start); d < soon {
					t.Errorf("%s: returned after %v", name, d)
				}
				ask(lists, nil, lists, 0).wants(t, nil, nil, nil)
			}
		}
		waiting := begin(t, list{b}, nil, nil, 1<<63-1) // saturates
		must(t, b.Shutdown(fdsock.SHUT_RDWR))
		receive(t, waiting, "the answer").wants(t, list{b}, nil, nil)
		err := ask(list{b}, nil, nil, -2).err
		var value *pyselect.ValueError
		if !errors.As(err, &value) || err.Error() != "timeout must be non-negative" {
			t.Errorf("error is %v", err)
		}
	})
}

//inventory:row select descriptor range
//inventory:row select closed fd
func TestBadDescriptors(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		_, b := pairOn(t, g)
		closed, _ := pairOn(t, g)
		must(t, closed.Close())
		for _, fd := range []pyselect.Object{pyselect.FD(-1), closed, pyselect.FD(-7)} {
			text := map[int]string{
				-1: "file descriptor cannot be a negative integer (-1)",
				-7: "file descriptor cannot be a negative integer (-7)",
			}[fd.Fileno()]
			for _, a := range []answer{
				ask(list{b, fd}, nil, nil, 0), ask(nil, list{b, fd}, nil, 0), ask(nil, nil, list{b, fd}, pyselect.Forever),
			} {
				var value *pyselect.ValueError
				if !errors.As(a.err, &value) || a.err.Error() != text {
					t.Errorf("error is %v, want %s", a.err, text)
				}
			}
		}
		r, w := openPipe(t)
		closeBare(t, r)
		closeBare(t, w)
		for _, timeout := range []time.Duration{0, soon, pyselect.Forever} {
			ask(list{r}, nil, nil, timeout).fails(t, unix.EBADF)
			ask(list{b}, list{b, r}, nil, timeout).fails(t, unix.EBADF)
			ask(nil, nil, list{r}, timeout).fails(t, unix.EBADF)
		}
		ask(nil, nil, list{pyselect.FD(1 << 20)}, 0).fails(t, unix.EBADF)
	})
}

// TestCloseWhileWaiting ends the wait with EBADF, whoever is watched how.
//
//inventory:row select closed fd
func TestCloseWhileWaiting(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		for _, end := range []func(s *fdsock.Socket){
			func(s *fdsock.Socket) { must(t, s.Close()) },
			func(s *fdsock.Socket) { must(t, unix.Close(s.Detach())) },
		} {
			_, b := pairOn(t, g)
			c, _ := pairOn(t, g)
			waiting := begin(t, list{c, b}, nil, nil, patience)
			end(b)
			receive(t, waiting, "the answer").fails(t, unix.EBADF)
			_, b = pairOn(t, g)
			waiting = begin(t, nil, nil, list{pyselect.FD(b.Fileno())}, pyselect.Forever)
			end(b)
			receive(t, waiting, "the answer").fails(t, unix.EBADF)
			_, b = pairOn(t, g)
			fill(t, b)
			waiting = begin(t, nil, list{b}, nil, pyselect.Forever)
			end(b)
			receive(t, waiting, "the answer").fails(t, unix.EBADF)
		}
	})
}

// TestTwoSelects watch the same socket: both are told.
func TestTwoSelects(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		for range 20 {
			a, b := pairOn(t, g)
			one := begin(t, list{b}, nil, nil, patience)
			two := begin(t, list{pyselect.FD(b.Fileno()), b}, nil, list{b}, pyselect.Forever)
			send(t, a, "x")
			receive(t, one, "the first answer").wants(t, list{b}, nil, nil)
			receive(t, two, "the second answer").wants(t, list{pyselect.FD(b.Fileno()), b}, nil, nil)
			must(t, a.Close())
			must(t, b.Close())
		}
	})
}

// TestNumberIsSocket answers an int as it answers the socket.
func TestNumberIsSocket(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		a, b := pairOn(t, g)
		number := pyselect.FD(b.Fileno())
		ask(list{number}, list{number}, list{number}, 0).wants(t, nil, list{number}, nil)
		waiting := begin(t, list{number}, nil, nil, pyselect.Forever)
		send(t, a, "x")
		receive(t, waiting, "the answer").wants(t, list{number}, nil, nil)
		// Once detached it is a bare descriptor like any other.
		fd := pyselect.FD(b.Detach())
		defer unix.Close(int(fd))
		ask(list{fd}, list{fd}, nil, pyselect.Forever).wants(t, list{fd}, list{fd}, nil)
		read(t, fd)
		waiting = begin(t, list{fd, a}, nil, nil, pyselect.Forever)
		send(t, a, "y")
		receive(t, waiting, "the answer").wants(t, list{fd}, nil, nil)
	})
}

// TestAboveFDSetSize watches more descriptors, and greater ones, than
// select(2) can.
//
//inventory:row select descriptor range
func TestAboveFDSetSize(t *testing.T) {
	var limit unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	n := min(5000, int(limit.Cur)-200)
	if n < 1100 {
		t.Skipf("only %d descriptors are allowed here", limit.Cur)
	}
	g := newGroup(t, reactor.Config{Loops: 2})
	var watched list
	var last, peer *fdsock.Socket
	for i := range n / 2 {
		a, b, err := fdsock.SocketPairOn(g)
		must(t, err)
		closeAtEnd(t, a)
		watched = append(watched, closeAtEnd(t, b))
		if i == n/4 {
			last, peer = b, a
		}
	}
	if last := watched[len(watched)-1].Fileno(); last < unix.FD_SETSIZE {
		t.Fatal("the greatest descriptor is", last)
	}
	for range 10 {
		ask(watched, nil, watched, 0).wants(t, nil, nil, nil)
		waiting := begin(t, watched, nil, nil, pyselect.Forever)
		send(t, peer, "x")
		receive(t, waiting, "the answer").wants(t, list{last}, nil, nil)
		ask(watched, nil, nil, 0).wants(t, list{last}, nil, nil)
		recv(t, last)
	}
	ask(nil, watched, nil, 0).wants(t, nil, watched, nil)
}
