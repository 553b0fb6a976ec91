package fdsock

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// transport is a way to reach services.
type transport struct {
	typ, proto int
	name       string // "" means any protocol and no services
	usual      bool
}

// Kinds of sockets and protocols that have no name here otherwise.
const (
	kindDCCP     = 6
	protoDCCP    = 33
	protoSCTP    = 132
	protoUDPLite = 136
)

// transports are the socket types that a service is offered on, in order.
// Those that are not usual are only offered if they are asked for, or if the
// service is one of theirs. It is the table of the GNU library.
var transports = []transport{
	{SOCK_STREAM, IPPROTO_TCP, "tcp", true},
	{SOCK_DGRAM, IPPROTO_UDP, "udp", true},
	{kindDCCP, protoDCCP, "dccp", false},
	{SOCK_DGRAM, protoUDPLite, "udplite", false},
	{SOCK_STREAM, protoSCTP, "sctp", false},
	{SOCK_SEQPACKET, protoSCTP, "sctp", false},
	{SOCK_RAW, 0, "", true},
}

// offer is a socket type and the port of the service on it.
type offer struct{ typ, proto, port int }

// servicePorts finds the ports of a service on the types that are wanted: all
// of them, or the first that the hints allow.
func servicePorts(host string, service name, hints Hints) ([]offer, error) {
	number, numeric := portNumber(service.text)
	numeric = numeric && number >= 0
	wanted := transports
	one := hints.Type != 0 || hints.Proto != 0
	if one {
		wanted = nil
		if i := slices.IndexFunc(transports, hints.allow); i >= 0 {
			wanted = transports[i : i+1]
		}
	}
	switch {
	case one && len(wanted) == 0 && hints.Type != 0:
		return nil, gai(EAI_SOCKTYPE, host)
	case len(wanted) == 0, one && service.text != "" && wanted[0].name == "":
		return nil, gai(EAI_SERVICE, host)
	}
	var offers []offer
	for _, t := range wanted {
		o := offer{t.typ, t.proto, int(number & 0xffff)}
		switch {
		case t.name == "" && numeric:
			o.proto = hints.Proto
		case numeric && !t.usual && !one:
			continue
		case !numeric:
			p, err := GetServByName(service.text, t.name)
			if err != nil || t.name == "" {
				continue
			}
			o.port = p
		}
		offers = append(offers, o)
	}
	if len(offers) == 0 {
		return nil, gai(EAI_SERVICE, host)
	}
	return offers, nil
}

// allow reports whether the hints allow a transport.
func (h Hints) allow(t transport) bool {
	return (h.Type == 0 || h.Type == t.typ) && (h.Proto == 0 || t.name == "" || h.Proto == t.proto)
}

// portNumber reads a port as the C library does, with strtoul(3) into an int:
// spaces and a sign may come before it, and 16 bits of it count. A negative one
// is the name of a service.
func portNumber(service string) (number int32, numeric bool) {
	if service == "" {
		return 0, true
	}
	digits := strings.TrimLeft(service, " \t\n\v\f\r")
	negative := strings.HasPrefix(digits, "-")
	if digits != "" && (negative || digits[0] == '+') {
		digits = digits[1:]
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case err != nil && n != math.MaxUint64: // no number; one too large is the largest
		return 0, false
	case err == nil && negative:
		n = -n
	}
	return int32(n), true
}
