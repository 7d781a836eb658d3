package wire

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"clusterctl/drivers/internal/memdb"
)

// heartbeatTimeout is what dqlite tells every client, in milliseconds; neither side acts on it.
const heartbeatTimeout = 15000

// session is one client's connection.
type session struct {
	handler  Handler
	requests <-chan request
	w        *bufio.Writer
	out      encoder
	// db is the database that the client opened, nil before. A connection has one; its id is always zero.
	db         driver.Conn
	statements map[uint32]statement
	next       uint32 // the id of the next statement
	services   map[byte]service
}

func newSession(h Handler, requests <-chan request, w *bufio.Writer) *session {
	s := &session{handler: h, requests: requests, w: w, statements: map[uint32]statement{}}
	s.services = s.table()
	return s
}

// close ends what the client left open; an open transaction is rolled back. The errors have nobody to go to.
func (s *session) close() {
	for _, st := range s.statements {
		_ = st.Close()
	}
	if s.db != nil {
		s.db.Close()
	}
}

// answer writes the response to one request. Its error ends the connection; all others become failures.
func (s *session) answer(ctx context.Context, req request) error {
	d := &decoder{rest: req.body}
	serve, known := s.services[req.kind]
	if !known {
		return s.fail(&Failure{Code: CodeParse, Text: "unrecognized request type"})
	}
	if !serve.accepts(req.schema) {
		return s.fail(&Failure{Code: CodeParse, Text: "unrecognized schema version"})
	}
	s.out.reset()
	err := serve.do(ctx, d, req.schema)
	switch {
	case d.err != nil:
		return fmt.Errorf("reading request %d: %w", req.kind, d.err)
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errOutOfTurn):
		return err
	case errors.Is(err, errInterrupted):
		s.out.reset()
		s.out.uint64(0)
		return s.send(respEmpty)
	case err != nil:
		return s.fail(err)
	}
	return s.send(serve.response)
}

// service is how one kind of request is served. do decodes the request and fills s.out with the response's body;
// it looks at the decoder's error before it acts, and answer looks again.
type service struct {
	response byte
	do       func(ctx context.Context, d *decoder, schema byte) error
	// schemas is the number of layouts of the request, 1 when zero.
	schemas byte
}

func (v service) accepts(schema byte) bool { return schema == 0 || schema < v.schemas }

// table says who serves which request.
func (s *session) table() map[byte]service {
	return map[byte]service{
		reqLeader:    {response: respNode, do: s.leader},
		reqClient:    {response: respWelcome, do: s.client},
		reqOpen:      {response: respDatabase, do: s.open},
		reqPrepare:   {response: respStmt, do: s.prepare},
		reqExec:      {response: respResult, do: s.exec, schemas: 2},
		reqQuery:     {response: respRows, do: s.query, schemas: 2},
		reqFinalize:  {response: respEmpty, do: s.finalize},
		reqExecSQL:   {response: respResult, do: s.execSQL, schemas: 2},
		reqQuerySQL:  {response: respRows, do: s.querySQL, schemas: 2},
		reqInterrupt: {response: respEmpty, do: s.interrupt},
		reqAdd:       {response: respEmpty, do: s.add},
		reqAssign:    {response: respEmpty, do: s.assign},
		reqRemove:    {response: respEmpty, do: s.remove},
		reqDump:      {response: respFiles, do: s.dump},
		reqCluster:   {response: respNodes, do: s.cluster},
		reqTransfer:  {response: respEmpty, do: s.transfer},
		reqDescribe:  {response: respMetadata, do: s.describe},
		reqWeight:    {response: respEmpty, do: s.weight},
	}
}

// send writes the frame that s.out holds.
func (s *session) send(kind byte) error {
	if _, err := s.w.Write(s.out.frame(kind, 0)); err != nil {
		return fmt.Errorf("answering: %w", err)
	}
	return nil
}

// fail writes a failure in place of the response.
func (s *session) fail(err error) error {
	var f *Failure
	if !errors.As(err, &f) {
		code, text := memdb.Reason(err)
		f = &Failure{Code: uint64(code), Text: text}
	}
	s.out.reset()
	s.out.uint64(f.Code)
	s.out.text(f.Text)
	return s.send(respFailure)
}
