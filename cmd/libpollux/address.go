//go:build libpollux

package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/pollux-net/pollux/fdsock"
)

// errAddress is an address in a form that this library does not know.
var errAddress = errors.New("bad address")

// addressOf reads an address: ["inet", host, port] and its like.
func addressOf(text []byte) (fdsock.Addr, error) {
	var parts []any
	if err := json.Unmarshal(text, &parts); err != nil || len(parts) < 2 {
		return nil, errAddress
	}
	number := func(i int) int {
		n, _ := parts[i].(float64)
		return int(n)
	}
	word, _ := parts[1].(string)
	switch parts[0] {
	case "inet":
		return fdsock.Inet(word, number(2)), nil
	case "inet6":
		a := fdsock.Inet(word, number(2))
		if flow := number(3); flow < 0 || flow > 0xfffff {
			return nil, &fdsock.OverflowError{Text: "flowinfo must be 0-1048575."}
		}
		a.FlowInfo, a.ScopeID = uint32(number(3)), uint32(number(4))
		return a, nil
	case "unix":
		path, err := hex.DecodeString(word)
		if err != nil {
			return nil, errAddress
		}
		return fdsock.UnixAddr(path), nil
	case "netlink":
		return fdsock.NetlinkAddr{PID: uint32(number(1)), Groups: uint32(number(2))}, nil
	case "vsock":
		return fdsock.VsockAddr{CID: uint32(number(1)), Port: uint32(number(2))}, nil
	case "packet":
		hardware, err := hex.DecodeString(parts[5].(string))
		if err != nil {
			return nil, errAddress
		}
		return fdsock.PacketAddr{
			Interface: word, Protocol: number(2), PacketType: number(3), HardwareType: number(4),
			Hardware: string(hardware),
		}, nil
	}
	return nil, errAddress
}

// addressText is the reverse of addressOf; nil becomes null.
func addressText(a fdsock.Addr) []byte {
	var parts any
	switch a := a.(type) {
	case fdsock.InetAddr:
		if a.IP.Is4() {
			parts = []any{"inet", a.Host(), a.Port}
		} else {
			parts = []any{"inet6", a.Host(), a.Port, a.FlowInfo, a.ScopeID}
		}
	case fdsock.UnixAddr:
		parts = []any{"unix", hex.EncodeToString([]byte(a))}
	case fdsock.NetlinkAddr:
		parts = []any{"netlink", a.PID, a.Groups}
	case fdsock.VsockAddr:
		parts = []any{"vsock", a.CID, a.Port}
	case fdsock.PacketAddr:
		parts = []any{"packet", a.Interface, a.Protocol, a.PacketType, a.HardwareType, hex.EncodeToString([]byte(a.Hardware))}
	case fdsock.RawAddr:
		parts = []any{"raw", a.Family, hex.EncodeToString([]byte(a.Data))}
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return []byte("null")
	}
	return text
}
