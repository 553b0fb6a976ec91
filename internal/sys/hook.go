package sys

import "sync/atomic"

// Op names a system call for a [Hook].
type Op uint8

// The hookable operations.
const (
	OpSocket Op = iota
	OpSocketpair
	OpBind
	OpListen
	OpAccept
	OpConnect
	OpShutdown
	OpClose
	OpRecv
	OpSend
	OpRead
	OpWrite
	OpGetsockname
	OpGetpeername
	OpGetsockopt
	OpSetsockopt
	OpSetNonblock
	OpPoll
	OpQueueCreate
	OpQueueControl
	OpQueueWait
	OpWakeCreate
	OpDup
	OpFcntl
	OpHostname
	OpPipe
	OpSendfile
	OpSplice
	opCount
)

var opNames = [opCount]string{
	"socket", "socketpair", "bind", "listen", "accept", "connect", "shutdown", "close",
	"recv", "send", "read", "write", "getsockname", "getpeername", "getsockopt", "setsockopt",
	"setnonblock", "poll", "queue-create", "queue-control", "queue-wait", "wake-create",
	"dup", "fcntl", "hostname",
	"pipe", "sendfile", "splice",
}

// String returns the call's name.
func (op Op) String() string {
	if op < opCount {
		return opNames[op]
	}
	return "unknown"
}

// Ops lists every operation.
func Ops() []Op {
	ops := make([]Op, opCount)
	for i := range ops {
		ops[i] = Op(i)
	}
	return ops
}

// Call describes one attempt at a system call. FD is -1 where the call makes
// a descriptor; Len is the transfer's length in bytes.
type Call struct {
	Op  Op
	FD  int
	Len int
}

// Fault is a hook's verdict on an attempt. A nonzero Errno fails the attempt
// with it, without entering the kernel. A positive Max shortens a transfer to
// at most Max bytes.
type Fault struct {
	Errno Errno
	Max   int
}

// Hook is asked before every attempt, from any goroutine. EINTR as the Errno
// counts as an interrupted attempt, which is made again.
type Hook func(Call) Fault

var installed atomic.Pointer[Hook]

// SetHook installs h and returns a function that restores what was there
// before. For tests.
func SetHook(h Hook) (restore func()) {
	old := installed.Swap(&h)
	return func() { installed.Store(old) }
}

// inject asks the hook, when there is one, about a call without data.
func inject(op Op, fd int) Errno {
	h := installed.Load()
	if h == nil {
		return 0
	}
	return (*h)(Call{Op: op, FD: fd}).Errno
}

// injectLen asks the hook about a transfer of p and returns the part of p the
// attempt may use.
func injectLen(op Op, fd int, p []byte) ([]byte, Errno) {
	h := installed.Load()
	if h == nil {
		return p, 0
	}
	f := (*h)(Call{Op: op, FD: fd, Len: len(p)})
	if f.Max > 0 && f.Max < len(p) {
		p = p[:f.Max]
	}
	return p, f.Errno
}

// retry makes attempts at a call without data until one is not interrupted.
// It is for calls off the hot path: call is usually a closure.
func retry(op Op, fd int, call func() error) Errno {
	for {
		errno := inject(op, fd)
		if errno == 0 {
			errno = errnoOf(call())
		}
		if errno != EINTR {
			return errno
		}
	}
}
