package fdsock_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// mutate changes a text at random.
func mutate(r *rand.Rand, s, alphabet string) string {
	b := []byte(s)
	for range r.IntN(3) {
		i := r.IntN(len(b) + 1)
		c := alphabet[r.IntN(len(alphabet))]
		switch {
		case r.IntN(3) == 0 || i == len(b):
			b = append(b[:i:i], append([]byte{c}, b[i:]...)...)
		case r.IntN(2) == 0:
			b = append(b[:i:i], b[i+1:]...)
		default:
			b[i] = c
		}
	}
	return string(b)
}

// TestInetOfPython packs and unpacks addresses, good and nearly so.
//
//inventory:row inet_aton
//inventory:row inet_ntoa
//inventory:row inet_pton
//inventory:row inet_ntop
func TestInetOfPython(t *testing.T) {
	r := seeded(t)
	var calls []pyCall
	add := func(fn string, args ...any) { calls = append(calls, pyCall{fn, args}) }
	fours := []string{"127.0.0.1", "1.2.3.4", "255.255.255.255", "0x7f.0.0.1", "017.1", "1.2.65535", "1.16777215", "4294967295", "1.2.3.4 junk", "0", "08", "0x", "1.2.3.256"}
	sixes := []string{"::1", "::", "fe80::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::8", "2001:db8::ff00:42:8329", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:7::", "fe80::1%lo"}
	for range rounds(600) {
		four := mutate(r, fours[r.IntN(len(fours))], "0123456789.xfa \t-+_:")
		six := mutate(r, sixes[r.IntN(len(sixes))], "0123456789abcdefABg:.% ")
		add("inet_aton", four)
		add("inet_pton", fdsock.AF_INET, four)
		add("inet_pton", fdsock.AF_INET6, six)
		p := make(packed, 16)
		for i := range p {
			p[i] = byte(r.Uint32()) * byte(r.IntN(2)) * byte(r.IntN(2))
		}
		add("inet_ntop", fdsock.AF_INET6, p)
		add("inet_ntop", fdsock.AF_INET, p[:4])
		add("inet_ntoa", p[:4])
	}
	for n := range 18 {
		add("inet_ntop", fdsock.AF_INET, make(packed, n))
		add("inet_ntop", fdsock.AF_INET6, make(packed, n))
		add("inet_ntoa", make(packed, n))
	}
	for _, family := range []int{-1, 0, 1, 3, 99} {
		add("inet_ntop", family, make(packed, 4))
		add("inet_pton", family, "127.0.0.1")
	}
	sameAsPython(t, calls, inetInGo)
}

func inetInGo(c pyCall) (any, error) {
	switch c.Fn {
	case "inet_aton":
		p, err := fdsock.InetAton(c.Args[0].(string))
		return packed(p[:]), err
	case "inet_pton":
		p, err := fdsock.InetPton(c.Args[0].(int), c.Args[1].(string))
		return packed(p), err
	case "inet_ntop":
		return fdsock.InetNtop(c.Args[0].(int), c.Args[1].(packed))
	}
	return fdsock.InetNtoa(c.Args[0].(packed))
}

// TestByteOrderOfPython converts numbers, those out of range too.
//
//inventory:row htons ntohs
//inventory:row htonl ntohl
//inventory:row CMSG_LEN CMSG_SPACE
func TestByteOrderOfPython(t *testing.T) {
	r := seeded(t)
	numbers := []int{0, 1, 0xff00, math.MaxUint16, math.MaxUint16 + 1, math.MaxInt32, -1, math.MinInt32}
	if math.MaxInt > math.MaxInt32 {
		wide := int64(math.MaxUint32)
		numbers = append(numbers, int(wide), int(wide+1), math.MaxInt, math.MinInt, int(wide*256))
	}
	for range 50 {
		numbers = append(numbers, int(r.Uint32()>>1), r.IntN(1<<16))
	}
	var calls []pyCall
	for _, n := range numbers {
		for _, fn := range []string{"htons", "ntohs", "htonl", "ntohl", "CMSG_LEN", "CMSG_SPACE"} {
			calls = append(calls, pyCall{fn, []any{n}})
		}
	}
	for n := range 40 {
		calls = append(calls, pyCall{"CMSG_LEN", []any{n}}, pyCall{"CMSG_SPACE", []any{math.MaxInt32 - n}}, pyCall{"CMSG_SPACE", []any{n}}, pyCall{"CMSG_LEN", []any{math.MaxInt32 - n}})
	}
	sameAsPython(t, calls, func(c pyCall) (any, error) {
		n := c.Args[0].(int)
		switch c.Fn {
		case "htons":
			return fdsock.CheckedHtons(n)
		case "ntohs":
			return fdsock.CheckedNtohs(n)
		case "htonl":
			return fdsock.CheckedHtonl(n)
		case "ntohl":
			return fdsock.CheckedNtohl(n)
		case "CMSG_LEN":
			return fdsock.CMSGLen(n)
		}
		return fdsock.CMSGSpace(n)
	})
	if fdsock.Htons(0x1234) != fdsock.Ntohs(0x1234) || fdsock.Ntohl(fdsock.Htonl(0x12345678)) != 0x12345678 {
		t.Error("there and back is not the same")
	}
}

// TestDatabasesOfPython looks up services, protocols and interfaces.
//
//inventory:row getservbyname
//inventory:row getservbyport
//inventory:row getprotobyname
//inventory:row if_nameindex
//inventory:row if_nametoindex
//inventory:row if_indextoname
func TestDatabasesOfPython(t *testing.T) {
	t.Parallel()
	var calls []pyCall
	add := func(fn string, args ...any) { calls = append(calls, pyCall{fn, args}) }
	for port := -1; port < 1100; port++ {
		add("getservbyport", port)
		add("getservbyport", port, "udp")
	}
	for _, port := range []int{65535, 65536, math.MinInt32, math.MaxInt32} {
		add("getservbyport", port)
	}
	for _, name := range []string{"http", "www", "HTTP", "ssh", "domain", "syslog", "shell", "nosuch", "", "rtmp", "ntp", "80", "http ", "#"} {
		add("getservbyname", name)
		for _, proto := range []string{"tcp", "udp", "TCP", "x", "ddp"} {
			add("getservbyname", name, proto)
		}
	}
	for _, name := range []string{"tcp", "TCP", "udp", "icmp", "ip", "ipv6", "IPv6", "ipv6-icmp", "nosuch", "", "6", "Tcp", "sctp"} {
		add("getprotobyname", name)
	}
	add("if_nameindex")
	all, err := net.Interfaces()
	want(t, err, nil)
	for _, i := range all {
		add("if_nametoindex", i.Name)
		add("if_indextoname", i.Index)
	}
	for _, name := range []string{"", "nosuch", strings.Repeat("x", 15), strings.Repeat("x", 300), "lo\n"} {
		add("if_nametoindex", name)
	}
	for _, index := range []int{0, -1, 12345678, math.MaxInt32, math.MinInt32} {
		add("if_indextoname", index)
	}
	sameAsPython(t, calls, databaseInGo)
}

func databaseInGo(c pyCall) (any, error) {
	proto := ""
	if len(c.Args) > 1 {
		proto = c.Args[1].(string)
	}
	switch c.Fn {
	case "getservbyport":
		return fdsock.GetServByPort(c.Args[0].(int), proto)
	case "getservbyname":
		return fdsock.GetServByName(c.Args[0].(string), proto)
	case "getprotobyname":
		return fdsock.GetProtoByName(c.Args[0].(string))
	case "if_nametoindex":
		return fdsock.IfNameToIndex(c.Args[0].(string))
	case "if_indextoname":
		return fdsock.IfIndexToName(c.Args[0].(int))
	}
	all, err := fdsock.IfNameIndex()
	list := []any{}
	for _, i := range all {
		list = append(list, []any{i.Index, i.Name})
	}
	return list, err
}

// TestSetHostName refuses a name that is too long; what is not tried is to
// rename this machine.
//
//inventory:row sethostname
func TestSetHostName(t *testing.T) {
	err := fdsock.SetHostName(strings.Repeat("x", 300))
	var os *fdsock.Error
	if !errors.As(err, &os) || os.Op != "sethostname" || os.Errno == 0 {
		t.Errorf("error is %v", err)
	}
	if runtime.GOOS == "linux" && !fdsock.PermissionError(err) && failureOf(t, err).Code != 22 {
		t.Errorf("error is %v", err)
	}
}
