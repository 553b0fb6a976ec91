package fdsock_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// transferred is how many bytes go each way in a big transfer.
func transferred() int {
	if testing.Short() {
		return 1 << 20
	}
	return 10 << 20
}

// peerPattern is what testdata/peers.py calls pattern.
func peerPattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i % 251)
	}
	return p
}

func digest(p []byte) string {
	sum := sha256.Sum256(p)
	return hex.EncodeToString(sum[:])
}

// pythonPeer is the command of testdata/peers.py; the test is skipped where
// there is no python3.
func pythonPeer(t *testing.T, stderr *bytes.Buffer, args ...string) *exec.Cmd {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to talk to")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, python, append([]string{"testdata/peers.py"}, args...)...)
	cmd.Stderr = stderr
	return cmd
}

// pythonServer starts a server and returns its address. It ends with the test.
func pythonServer(t *testing.T, kind string) fdsock.Addr {
	t.Helper()
	var stderr bytes.Buffer
	cmd := pythonPeer(t, &stderr, "serve", kind, filepath.Join(t.TempDir(), "s"))
	in, err := cmd.StdinPipe()
	want0(t, err)
	out, err := cmd.StdoutPipe()
	want0(t, err)
	want0(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("%s: %v\n%s", kind, err, &stderr)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%s gives no address: %v", kind, err)
	}
	line = strings.TrimSpace(line)
	host, port, inet := strings.Cut(line, " ")
	if !inet {
		return fdsock.UnixAddr(line)
	}
	n, err := strconv.Atoi(port)
	want0(t, err)
	return fdsock.Inet(host, n)
}

// want0 fails the test on an error that is not fdsock's.
func want0(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// connectTo makes a socket that is connected to a peer.
func connectTo(t *testing.T, typ int, addr fdsock.Addr) *fdsock.Socket {
	t.Helper()
	family := fdsock.AF_INET
	if _, ok := addr.(fdsock.UnixAddr); ok {
		family = fdsock.AF_UNIX
	}
	s := openSocket(t, family, typ)
	t.Cleanup(func() { closeSocket(t, s) })
	if addr, ok := addr.(fdsock.UnixAddr); ok && typ == fdsock.SOCK_DGRAM {
		want(t, s.Bind(addr+".client"), nil) // a name to answer to
	}
	want(t, s.Connect(addr), nil)
	return s
}

// TestPythonStreamServers talks to the stream servers of socketserver and of
// asyncio: requests one after the other on one connection, much in both
// directions at once, the end of one direction, a reset, a timeout.
func TestPythonStreamServers(t *testing.T) {
	t.Parallel()
	onDefault(t)
	for _, kind := range []string{"TCPServer", "ThreadingTCPServer", "UnixStreamServer", "asyncio"} {
		t.Run(kind, func(t *testing.T) {
			addr := pythonServer(t, kind)
			s := connectTo(t, fdsock.SOCK_STREAM, addr)
			for _, text := range []string{"one", strings.Repeat("two", 1000)} {
				want(t, s.SendAll(fmt.Appendf(nil, "echo %d\n%s", len(text), text)), nil)
				wantSame(t, recvFull(t, s, len(text)), []byte(text))
			}
			much := peerPattern(transferred())
			sent := begin(func() (int, error) {
				return 0, s.SendAll(append(fmt.Appendf(nil, "echo %d\n", len(much)), much...))
			})
			wantSame(t, recvFull(t, s, len(much)), much)
			want(t, receive(t, sent, "the end of sendall").err, nil)
			send(t, s, fmt.Sprintf("blob %d\n", len(much)))
			wantSame(t, recvFull(t, s, len(much)), much)
			want(t, s.SendAll(append([]byte("sum\n"), much...)), nil)
			want(t, s.Shutdown(fdsock.SHUT_WR), nil)
			wantSame(t, recvFull(t, s, 1000), []byte(digest(much)))
			wantRecv(t, s, "")
			closeSocket(t, s)

			if _, unix := addr.(fdsock.UnixAddr); !unix {
				s = connectTo(t, fdsock.SOCK_STREAM, addr)
				send(t, s, "reset\n")
				_, err := s.Recv(1)
				want(t, err, sys.ECONNRESET)
			}
			s = connectTo(t, fdsock.SOCK_STREAM, addr)
			send(t, s, "silent\n")
			s.SetTimeout(soon)
			_, err := s.Recv(1)
			wantTimeout(t, err)
			closeSocket(t, s)
		})
	}
}

// TestPythonDatagramServers talks to the datagram servers of socketserver.
func TestPythonDatagramServers(t *testing.T) {
	t.Parallel()
	onDefault(t)
	for _, kind := range []string{"UDPServer", "UnixDatagramServer"} {
		t.Run(kind, func(t *testing.T) {
			s := connectTo(t, fdsock.SOCK_DGRAM, pythonServer(t, kind))
			s.SetTimeout(patience)
			for _, text := range []string{"a", "", strings.Repeat("b", 8000) + "c"} {
				send(t, s, text)
				reversed := []byte(text)
				for i := range reversed {
					reversed[i] = text[len(text)-1-i]
				}
				wantSameDatagram(t, s, reversed)
			}
		})
	}
}

func wantSameDatagram(t *testing.T, s *fdsock.Socket, wanted []byte) {
	t.Helper()
	p, err := s.Recv(10000)
	want(t, err, nil)
	wantSame(t, p, wanted)
}

// TestPythonHTTPServer fetches pages over connections that are kept, by
// package net/http on fdsock's sockets, and calls a function by XML-RPC.
func TestPythonHTTPServer(t *testing.T) {
	t.Parallel()
	onDefault(t)
	dialed := 0
	transport := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		dialed++
		host, port, err := net.SplitHostPort(address)
		want0(t, err)
		n, err := strconv.Atoi(port)
		want0(t, err)
		s, err := fdsock.CreateConnectionContext(ctx, host, n, fdsock.DialOptions{})
		if err != nil {
			return nil, err
		}
		return s.Conn()
	}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	body := func(r *http.Response, err error) []byte {
		t.Helper()
		want0(t, err)
		defer r.Body.Close()
		p, err := io.ReadAll(r.Body)
		want0(t, err)
		return p
	}
	much := peerPattern(transferred())
	base := fmt.Sprintf("http://%v/", pythonServer(t, "HTTPServer"))
	for range 3 {
		wantSame(t, body(client.Get(base+strconv.Itoa(len(much)))), much)
		wantSame(t, body(client.Post(base, "", bytes.NewReader(much))), []byte(digest(much)))
	}
	if dialed != 1 {
		t.Errorf("%d connections for requests one after the other", dialed)
	}
	const call = `<?xml version="1.0"?><methodCall><methodName>pow</methodName><params>` +
		`<param><value><int>2</int></value></param><param><value><int>10</int></value></param></params></methodCall>`
	base = fmt.Sprintf("http://%v/RPC2", pythonServer(t, "SimpleXMLRPCServer"))
	if answer := body(client.Post(base, "text/xml", strings.NewReader(call))); !bytes.Contains(answer, []byte("<int>1024</int>")) {
		t.Errorf("2 to the 10th is %s", answer)
	}
	transport.CloseIdleConnections()
}
