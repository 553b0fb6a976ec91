package fdsock

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The files behind getservbyname(3) and its like.
const (
	servicesFile  = "/etc/services"
	protocolsFile = "/etc/protocols"
	hostsFile     = "/etc/hosts"
)

// entries calls f with the fields of each line of a database file, until f
// returns true, which entries then returns. A missing file has no lines.
func entries(file string, f func(fields []string) (found bool)) bool {
	in, err := os.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = in.Close() }()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if fields := strings.Fields(line); len(fields) > 1 && f(fields) {
			return true
		}
	}
	return false
}

// service is an entry of /etc/services.
type service struct {
	name, proto string
	port        int
}

// findService returns the first service that matches.
func findService(match func(s service, names []string) bool) (found service, ok bool) {
	ok = entries(servicesFile, func(fields []string) bool {
		number, proto, _ := strings.Cut(fields[1], "/")
		port, err := strconv.Atoi(number)
		if err != nil {
			return false
		}
		names := append([]string{fields[0]}, fields[2:]...)
		found = service{name: fields[0], proto: proto, port: port}
		return match(found, names)
	})
	return found, ok
}

// containsFold is contains for host names, in which case does not matter.
func containsFold(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// GetServByName returns the port of a service, for a protocol or, if that is
// "", for any.
func GetServByName(name, proto string) (int, error) {
	s, ok := findService(func(s service, names []string) bool {
		return (proto == "" || s.proto == proto) && slices.Contains(names, name)
	})
	if !ok {
		return 0, &Error{Op: "getservbyname", Text: "service/proto not found"}
	}
	return s.port, nil
}

// GetServByPort returns the name of the service at a port.
func GetServByPort(port int, proto string) (string, error) {
	if port < 0 || port > 65535 {
		return "", &OverflowError{"getservbyport: port must be 0-65535."}
	}
	s, ok := findService(func(s service, _ []string) bool {
		return (proto == "" || s.proto == proto) && s.port == port
	})
	if !ok {
		return "", &Error{Op: "getservbyport", Text: "port/proto not found"}
	}
	return s.name, nil
}

// GetProtoByName returns the number of an internet protocol.
func GetProtoByName(name string) (number int, err error) {
	ok := entries(protocolsFile, func(fields []string) bool {
		n, err := strconv.Atoi(fields[1])
		number = n
		return err == nil && (fields[0] == name || slices.Contains(fields[2:], name))
	})
	if !ok {
		return 0, &Error{Op: "getprotobyname", Text: "protocol not found"}
	}
	return number, nil
}
