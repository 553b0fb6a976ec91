package dispatch

import (
	"fmt"

	"github.com/pollux-net/pollux/fdsock"
)

// Readable is true. Part of [Channel], to be overridden.
func (d *Dispatcher) Readable() bool { return true }

// Writable is true. Part of [Channel], to be overridden.
func (d *Dispatcher) Writable() bool { return true }

// HandleReadEvent calls HandleAccept, or HandleConnect if the connection has
// just been made, and then HandleRead.
func (d *Dispatcher) HandleReadEvent() error {
	if d.accepting {
		return d.me().HandleAccept()
	}
	if err := d.completeConnect(); err != nil {
		return err
	}
	return d.me().HandleRead()
}

// HandleWriteEvent calls HandleConnect if the connection has just been made,
// and then HandleWrite. A channel that accepts is not written to.
func (d *Dispatcher) HandleWriteEvent() error {
	if d.accepting {
		return nil
	}
	if err := d.completeConnect(); err != nil {
		return err
	}
	return d.me().HandleWrite()
}

// HandleExptEvent calls HandleClose if the socket has an error, otherwise
// HandleExpt.
func (d *Dispatcher) HandleExptEvent() error {
	errno, err := d.conn().socketError()
	switch {
	case err != nil:
		return err
	case errno != 0:
		return d.me().HandleClose()
	}
	return d.me().HandleExpt()
}

func (d *Dispatcher) completeConnect() error {
	if d.connected || !d.connecting {
		return nil
	}
	return d.handleConnectEvent()
}

// handleConnectEvent finds out how an attempt to connect has ended.
func (d *Dispatcher) handleConnectEvent() error {
	errno, err := d.conn().socketError()
	if err != nil {
		return err
	}
	if errno != 0 {
		return &fdsock.Error{Op: "connect", Addr: d.addr, Errno: errno}
	}
	if err := d.me().HandleConnect(); err != nil {
		return err
	}
	d.connected, d.connecting = true, false
	return nil
}

// HandleError tells LogInfo, and calls HandleClose. Python prints a traceback,
// which Go's errors have none of.
func (d *Dispatcher) HandleError(err error) error {
	d.me().LogInfo(fmt.Sprintf("uncaptured error, closing channel %v (%T:%v)", d, err, err), "error")
	return d.me().HandleClose()
}

// HandleExpt tells LogInfo.
func (d *Dispatcher) HandleExpt() error { return d.unhandled("incoming priority") }

// HandleRead tells LogInfo.
func (d *Dispatcher) HandleRead() error { return d.unhandled("read") }

// HandleWrite tells LogInfo.
func (d *Dispatcher) HandleWrite() error { return d.unhandled("write") }

// HandleConnect tells LogInfo.
func (d *Dispatcher) HandleConnect() error { return d.unhandled("connect") }

// HandleAccept accepts a connection, and calls HandleAccepted with it.
func (d *Dispatcher) HandleAccept() error {
	sock, addr, err := d.Accept()
	if err != nil || sock == nil {
		return err
	}
	return d.me().HandleAccepted(sock, addr)
}

// HandleAccepted closes the connection and tells LogInfo.
func (d *Dispatcher) HandleAccepted(sock *fdsock.Socket, _ fdsock.Addr) error {
	if err := sock.Close(); err != nil {
		return err
	}
	return d.unhandled("accepted")
}

// HandleClose tells LogInfo, and closes the channel.
func (d *Dispatcher) HandleClose() error {
	d.me().LogInfo("unhandled close event", "warning")
	return d.me().Close()
}

func (d *Dispatcher) unhandled(what string) error {
	d.me().LogInfo("unhandled "+what+" event", "warning")
	return nil
}
