package reactor

import "sync"

// Listener is told about readiness.
type Listener interface {
	// Notify says that some of the subscription's conditions hold now, or,
	// with 0, that whoever waits should look again. It is called from any
	// goroutine, with locks of the handle and its loop held: it must not
	// block, and of their methods it may call [Loop.Post], those of [Timer],
	// and those that only read.
	Notify(s *Subscription, r Readiness)
}

// Subscription ties a Listener to one Pollable for a mask of conditions. Its
// owner sets Listener and Mask before Subscribe and leaves both alone until
// after Unsubscribe. The zero value is ready for use, and again after
// Unsubscribe.
type Subscription struct {
	Listener Listener
	Mask     Readiness

	next, prev *Subscription
	active     bool
}

// Pollable is anything whose readiness can be asked for and waited for: a
// handle, a socket, a TLS socket.
type Pollable interface {
	// Fileno returns the descriptor, or -1 once closed.
	Fileno() int
	// Readiness returns those conditions of the mask, and the unasked ones,
	// that hold as far as is known. It may be stale in the ready direction
	// only, once [Loop.Harvest] has run.
	Readiness(mask Readiness) Readiness
	// Subscribe starts to notify s. Test the readiness again after it, then
	// wait.
	Subscribe(s *Subscription)
	// Unsubscribe ends it. No Notify is under way once it has returned.
	Unsubscribe(s *Subscription)
	// Handle returns the handle that the kernel's conditions come from.
	Handle() *Handle
}

// Tester is a Pollable that knows more than the kernel, as a TLS socket does,
// which is readable when there is plaintext.
type Tester interface {
	Pollable
	// Test returns those conditions of the mask, and the unasked ones, that
	// hold, exactly. It may read ahead of the caller, but never waits.
	Test(mask Readiness) Readiness
}

// subscribers is the set of a handle's subscriptions.
type subscribers struct {
	mu   sync.Mutex
	head *Subscription
}

func (l *subscribers) add(s *Subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.active {
		return
	}
	s.active, s.prev, s.next = true, nil, l.head
	if l.head != nil {
		l.head.prev = s
	}
	l.head = s
}

func (l *subscribers) remove(s *Subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !s.active {
		return
	}
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		l.head = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.active, s.prev, s.next = false, nil, nil
}

// notify tells every subscriber that asked for some of r and returns how many
// there were.
func (l *subscribers) notify(r Readiness) (told int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := l.head; s != nil; s = s.next {
		if hit := r & (s.Mask | unasked); hit != 0 || r == 0 {
			s.Listener.Notify(s, hit)
			told++
		}
	}
	return told
}
