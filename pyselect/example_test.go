package pyselect_test

import (
	"fmt"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

// An echo server around select, as Python programs are written: one goroutine,
// nonblocking sockets, and a list of those to watch.
func ExampleSelect() {
	server, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	server.SetBlocking(false)
	addr, _ := server.GetSockName()
	go say(addr, "hello", "world")

	watched := []pyselect.Object{server}
	for len(watched) > 0 {
		readable, _, _, err := pyselect.Select(watched, nil, nil, 5*time.Second)
		if err != nil || len(readable) == 0 {
			fmt.Println("select:", readable, err)
			return
		}
		for _, object := range readable {
			sock := object.(*fdsock.Socket)
			if sock == server {
				client, _, err := server.Accept()
				if err == nil {
					client.SetBlocking(false)
					watched = []pyselect.Object{client} // one client is enough here
				}
				continue
			}
			data, err := sock.Recv(1024)
			if err != nil || len(data) == 0 {
				fmt.Println("client has gone")
				watched = nil
				_ = sock.Close()
				continue
			}
			_ = sock.SendAll(data)
		}
	}
	// Output:
	// echo: hello
	// echo: world
	// client has gone
}

// say is the client: it sends words and prints what comes back.
func say(addr fdsock.Addr, words ...string) {
	sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sock.Close()
	if err := sock.Connect(addr); err != nil {
		fmt.Println(err)
		return
	}
	for _, word := range words {
		_ = sock.SendAll([]byte(word))
		data, err := sock.Recv(1024)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println("echo:", string(data))
	}
}
