//go:build !linux

package stream

// pipe is nothing where the kernel has no splice(2): all is copied.
type pipe struct{ size int }

var noPipe pipe

func (pipe) put(*loop) {}

func (*loop) dropPipes() {}

func (*Conn) pumps(*job) bool { return false }

func (*Conn) pump(*job) bool { return false }

func (*Conn) pour(*job) bool { return true }
