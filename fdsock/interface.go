package fdsock

import (
	"errors"
	"net"
	"os"

	"github.com/pollux-net/pollux/internal/sys"
)

// Interface is a network interface's number and name.
type Interface struct {
	Index int
	Name  string
}

// IfNameIndex lists the network interfaces.
func IfNameIndex() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, osError("if_nameindex", err)
	}
	list := make([]Interface, 0, len(all))
	for _, i := range all {
		list = append(list, Interface{i.Index, i.Name})
	}
	return list, nil
}

// IfNameToIndex returns an interface's number.
func IfNameToIndex(name string) (int, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, &Error{Op: "if_nametoindex", Text: "no interface with this name"}
	}
	return i.Index, nil
}

// IfIndexToName returns an interface's name; ENXIO if there is none of that
// number.
func IfIndexToName(index int) (string, error) {
	if index < 0 {
		return "", &OverflowError{"can't convert negative value to unsigned int"}
	}
	i, err := net.InterfaceByIndex(int(uint32(index)))
	if err != nil {
		return "", &Error{Op: "if_indextoname", Errno: sys.ENXIO}
	}
	return i.Name, nil
}

// GetHostName returns the machine's name. Any goroutine.
func GetHostName() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", osError("gethostname", err)
	}
	return host, nil
}

// SetHostName sets the machine's name, which needs privileges; EPERM without.
// Any goroutine.
//
// Source: socket.sethostname, sethostname(2).
func SetHostName(host string) error {
	if errno := sys.Sethostname(host); errno != 0 {
		return &Error{Op: "sethostname", Errno: errno}
	}
	return nil
}

// osError makes an Error of one of package os or net.
func osError(call string, err error) error {
	e := &Error{Op: call, Text: err.Error()}
	if errors.As(err, &e.Errno) {
		e.Text = ""
	}
	return e
}
