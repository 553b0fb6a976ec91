package fdsock

import (
	"sync"

	"github.com/pollux-net/pollux/internal/sys"
)

// Option changes how a socket looks to others than its callers.
type Option uint32

const (
	// KernelFlag makes O_NONBLOCK follow the timeout, as CPython does: a
	// socket without a timeout has a blocking descriptor, as a child process
	// or another user of the descriptor sees. Calls do not block for it.
	KernelFlag Option = 1 << iota
	// Interruptible makes calls wait on the calling thread, and fail with
	// EINTR when the thread has handled a signal; see [Call]. It is for
	// callers in C.
	Interruptible
)

// SetOptions switches options on.
func (s *Socket) SetOptions(o Option) error {
	s.options.Or(uint32(o))
	return s.followTimeout()
}

// Options returns the options that are on. Any goroutine.
func (s *Socket) Options() Option { return Option(s.options.Load()) }

// has reports whether an option is on.
func (s *Socket) has(o Option) bool { return s.options.Load()&uint32(o) != 0 }

// kernelFlag is the state of a descriptor that must now and then be
// nonblocking although it is not to look so.
type kernelFlag struct {
	mu    sync.Mutex
	calls int // in progress that need O_NONBLOCK
}

// followTimeout gives the descriptor the flag that the timeout asks for.
func (s *Socket) followTimeout() error {
	if !s.has(KernelFlag) {
		return nil
	}
	s.flag.mu.Lock()
	defer s.flag.mu.Unlock()
	if s.flag.calls > 0 {
		return nil // the last of them will
	}
	return s.do(opSetBlocking, func(fd int) Errno { return sys.SetNonblock(fd, s.looksNonblocking()) })
}

// looksNonblocking reports whether the descriptor is to have O_NONBLOCK.
func (s *Socket) looksNonblocking() bool { return s.timeout.Load() >= 0 || s.foreign.Load() }

// ownMode forgets how the descriptor was adopted, once its mode is set.
func (s *Socket) ownMode() {
	s.foreign.Store(false)
}

// transferFlags returns the flags that keep a transfer from blocking.
func (s *Socket) transferFlags(flags int) int {
	if s.has(KernelFlag) {
		return flags | MSG_DONTWAIT
	}
	return flags
}

// nonblocking makes a call that has no flag of its own against blocking:
// accept, connect. The descriptor is nonblocking meanwhile, also if somebody
// else who has it made it block.
func (s *Socket) nonblocking(call func()) {
	if !s.has(KernelFlag) {
		call()
		return
	}
	s.flag.mu.Lock()
	s.flag.calls++
	sys.SetNonblock(s.fd, true)
	s.flag.mu.Unlock()
	call()
	s.flag.mu.Lock()
	defer s.flag.mu.Unlock()
	if s.flag.calls--; s.flag.calls == 0 {
		sys.SetNonblock(s.fd, s.looksNonblocking())
	}
}

type (
	acceptFunc  = func(fd int) (int, sys.Sockaddr, Errno)
	connectFunc = func(fd int, sa *sys.Sockaddr) Errno
)

// kernelCalls returns the calls that nonblocking is to make. With KernelFlag a
// duplicate of the descriptor, here or in another process, may make it block
// at any moment, for they have one flag together.
func (s *Socket) kernelCalls() (acceptFunc, connectFunc) {
	if s.has(KernelFlag) {
		return sys.AcceptShared, sys.ConnectShared
	}
	return sys.Accept, sys.Connect
}
