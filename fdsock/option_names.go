package fdsock

import "strconv"

// option makes a call about one, and names it in its error.
func (s *Socket) option(o op, level, name int, call func(fd int) Errno) error {
	err := s.do(o, call)
	e, ok := err.(*Error) //nolint:errorlint // one that do has made
	if !ok || e.closed {
		return err
	}
	named := *e
	named.Option = optionName(level, name)
	return &named
}

// optionName returns Python's names of an option, or its numbers if it is none
// of the usual ones.
func optionName(level, name int) string {
	l, ok := levels[level]
	if !ok {
		return strconv.Itoa(level) + " " + strconv.Itoa(name)
	}
	for _, names := range []map[int]string{l.options, systemOptions[level]} {
		if n, ok := names[name]; ok {
			return l.name + " " + n
		}
	}
	return l.name + " " + strconv.Itoa(name)
}

// levels are the usual levels, and their options that every system has.
var levels = map[int]struct {
	name    string
	options map[int]string
}{
	SOL_SOCKET: {"SOL_SOCKET", map[int]string{
		SO_BROADCAST: "SO_BROADCAST", SO_ERROR: "SO_ERROR", SO_KEEPALIVE: "SO_KEEPALIVE", SO_LINGER: "SO_LINGER",
		SO_OOBINLINE: "SO_OOBINLINE", SO_RCVBUF: "SO_RCVBUF", SO_RCVLOWAT: "SO_RCVLOWAT", SO_RCVTIMEO: "SO_RCVTIMEO",
		SO_REUSEADDR: "SO_REUSEADDR", SO_REUSEPORT: "SO_REUSEPORT", SO_SNDBUF: "SO_SNDBUF", SO_SNDLOWAT: "SO_SNDLOWAT",
		SO_SNDTIMEO: "SO_SNDTIMEO", SO_TYPE: "SO_TYPE",
	}},
	IPPROTO_IP: {"IPPROTO_IP", map[int]string{
		IP_ADD_MEMBERSHIP: "IP_ADD_MEMBERSHIP", IP_DROP_MEMBERSHIP: "IP_DROP_MEMBERSHIP", IP_MULTICAST_IF: "IP_MULTICAST_IF",
		IP_MULTICAST_LOOP: "IP_MULTICAST_LOOP", IP_MULTICAST_TTL: "IP_MULTICAST_TTL", IP_TOS: "IP_TOS", IP_TTL: "IP_TTL",
	}},
	IPPROTO_IPV6: {"IPPROTO_IPV6", map[int]string{
		IPV6_JOIN_GROUP: "IPV6_JOIN_GROUP", IPV6_LEAVE_GROUP: "IPV6_LEAVE_GROUP", IPV6_MULTICAST_HOPS: "IPV6_MULTICAST_HOPS",
		IPV6_MULTICAST_IF: "IPV6_MULTICAST_IF", IPV6_MULTICAST_LOOP: "IPV6_MULTICAST_LOOP",
		IPV6_UNICAST_HOPS: "IPV6_UNICAST_HOPS", IPV6_V6ONLY: "IPV6_V6ONLY",
	}},
	IPPROTO_TCP: {"IPPROTO_TCP", map[int]string{TCP_MAXSEG: "TCP_MAXSEG", TCP_NODELAY: "TCP_NODELAY"}},
	IPPROTO_UDP: {"IPPROTO_UDP", nil},
}
