package pyselect_test

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/tlsbridge"
)

// barePair makes two connected sockets that no loop knows.
func barePair(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(t, err)
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return fds[0], fds[1]
}

// adopt makes a socket of a number.
func adopt(t *testing.T, fd int) *fdsock.Socket {
	t.Helper()
	s, err := fdsock.FromFD(fd, fdsock.Detect, fdsock.Detect, fdsock.Detect)
	must(t, err)
	return closeAtEnd(t, s)
}

// wrap makes TLS sockets of two connected ones, and their handshake.
func wrap(t *testing.T, a, b *fdsock.Socket) (client, server *tlsbridge.Socket) {
	t.Helper()
	ours, theirs := tlsContexts(t)
	var err error
	client, err = ours.Wrap(a, tlsbridge.Options{ServerHostname: "server.test"})
	must(t, err)
	server, err = theirs.Wrap(b, tlsbridge.Options{})
	must(t, err)
	client.SetTimeout(0)
	server.SetTimeout(0)
	until(t, "the handshake completes", func() bool {
		one, two := handshake(t, client), handshake(t, server)
		return one && two
	})
	return client, server
}

// crowds runs a test with a Poll of one, and with one of more than are all
// asked about.
func crowds(t *testing.T, test func(t *testing.T, p *pyselect.Poll)) {
	t.Helper()
	t.Run("few", func(t *testing.T) { test(t, newPoll(t, 0)) })
	t.Run("many", func(t *testing.T) {
		p := newPoll(t, 0)
		crowd(t, p)
		test(t, p)
	})
}

// TestBareNumberBecomesSocket has a number be registered before it is a socket
// of ours: the loop wakes who waits then, and the number is nobody's in the end.
//
//inventory:row poll number that becomes a socket
func TestBareNumberBecomesSocket(t *testing.T) {
	crowds(t, func(t *testing.T, p *pyselect.Poll) {
		x, y := barePair(t)
		number := pyselect.FD(y)
		must(t, p.Register(number, pyselect.POLLIN))
		poll(p, 0).wants(t)
		a, b := adopt(t, x), adopt(t, y)
		poll(p, 0).wants(t)
		for range 3 {
			waiting := beginPoll(t, forever(p))
			send(t, a, "x")
			receive(t, waiting, "the answer").wants(t, at(number, pyselect.POLLIN))
			recv(t, b)
			poll(p, 0).wants(t)
		}
		must(t, p.Modify(number, pyselect.POLLIN|pyselect.POLLOUT))
		poll(p, 0).wants(t, at(number, pyselect.POLLOUT))
		must(t, p.Modify(number, pyselect.POLLIN))
		waiting := beginPoll(t, forever(p))
		must(t, b.Close())
		receive(t, waiting, "the answer to a close").wants(t, pyselect.PollEvent{FD: y, Events: pyselect.POLLNVAL})
	})
}

// TestBareNumberBecomesTLS answers for the plaintext: the ciphertext that the
// handshake leaves in the descriptor, tickets, makes nobody's number readable.
//
//inventory:row poll number that becomes a socket
func TestBareNumberBecomesTLS(t *testing.T) {
	crowds(t, func(t *testing.T, p *pyselect.Poll) {
		x, y := barePair(t)
		numbers := []pyselect.FD{pyselect.FD(x), pyselect.FD(y)}
		for _, n := range numbers {
			must(t, p.Register(n, pyselect.POLLIN))
		}
		poll(p, 0).wants(t)
		client, server := wrap(t, adopt(t, x), adopt(t, y))
		follows(t, p, numbers, client, server)
	})
}

// TestPlainBecomesTLS has a socket be registered by its number while it is
// plain, and be wrapped then, also while Poll and Select wait.
//
//inventory:row plain socket becomes TLS
func TestPlainBecomesTLS(t *testing.T) {
	crowds(t, func(t *testing.T, p *pyselect.Poll) {
		a, b := pair(t)
		numbers := []pyselect.FD{pyselect.FD(a.Fileno()), pyselect.FD(b.Fileno())}
		for _, n := range numbers {
			must(t, p.Register(n, pyselect.POLLIN))
		}
		send(t, a, "STARTTLS")
		poll(p, 0).wants(t, at(b, pyselect.POLLIN))
		recv(t, b)
		poll(p, 0).wants(t)
		client, server := wrap(t, a, b)
		follows(t, p, numbers, client, server)
		send(t, unwrapBoth(t, client, server), "x") // and back
		poll(p, patience).wants(t, at(b, pyselect.POLLIN))
	})
}

// follows has both numbers answered for by their plaintext.
func follows(t *testing.T, p *pyselect.Poll, numbers []pyselect.FD, client, server *tlsbridge.Socket) {
	t.Helper()
	poll(p, 0).wants(t)
	ask(list{numbers[0], numbers[1]}, nil, nil, 0).wants(t, nil, nil, nil)
	for range 3 {
		must(t, client.SendAll([]byte("hello")))
		poll(p, patience).wants(t, at(numbers[1], pyselect.POLLIN))
		if text := recvTLS(t, server, 2); text != "he" {
			t.Fatalf("received %q", text)
		}
		// What is left is in no descriptor any more.
		poll(p, 0).wants(t, at(numbers[1], pyselect.POLLIN))
		ask(list{numbers[1]}, nil, nil, 0).wants(t, list{numbers[1]}, nil, nil)
		if text := recvTLS(t, server, 9); text != "llo" {
			t.Fatalf("received %q", text)
		}
		poll(p, 0).wants(t)
		waiting := beginPoll(t, forever(p))
		must(t, client.SendAll([]byte("x")))
		receive(t, waiting, "the answer").wants(t, at(numbers[1], pyselect.POLLIN))
		recvTLS(t, server, 1)
	}
}

// unwrapBoth ends TLS on both sides, and returns the client's socket.
func unwrapBoth(t *testing.T, client, server *tlsbridge.Socket) (plain *fdsock.Socket) {
	t.Helper()
	left := []*tlsbridge.Socket{client, server}
	until(t, "both have said farewell", func() bool {
		left = slices.DeleteFunc(left, func(s *tlsbridge.Socket) bool {
			under, err := s.Unwrap()
			if err != nil && !tlsbridge.SSLWantReadError(err) {
				t.Fatal(err)
			}
			if err == nil && s == client {
				plain = under
			}
			return err == nil
		})
		return len(left) == 0
	})
	return plain
}
