package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// Metadata is the list of the keys that the servers that are to be found there list as their own, with which server
// that is: what [schema.ReadMetadata] reads.
func (s *Session) Metadata(ctx context.Context, where Where) (map[string]json.RawMessage, error) {
	return on(ctx, s, where, func(ctx context.Context, at opened) (map[string]json.RawMessage, error) {
		live, err := s.Read(ctx, at.backend)
		if err != nil {
			return nil, err
		}
		return listedKeys(ctx, at.backend, at.want.Bootstrap, live.Facts.Flavour)
	})
}

// listedKeys asks a member of the cluster, or the one that bootstraps. Servers older than LXD 5.18 list nothing.
func listedKeys(ctx context.Context, backend drivers.Backend, bootstrap string, server schema.Flavour) (
	document map[string]json.RawMessage, err error,
) {
	var list drivers.Reply
	for _, member := range []string{"", bootstrap} {
		api, apiErr := backend.API(ctx, member)
		if err = apiErr; err != nil {
			continue
		}
		if list, err = api.Do(ctx, drivers.Call{Method: http.MethodGet, Path: "/1.0/metadata/configuration"}); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(list.Metadata, &document); err != nil || document == nil {
		return nil, errors.Join(errors.New("the server lists no keys"), err)
	}
	document["server"], err = json.Marshal(string(server.Product) + "-" + server.Version)
	return document, err
}

// toldBy is the registry with what the servers list themselves, where they are newer than our tables. Those that list
// nothing are judged by the tables alone.
func toldBy(ctx context.Context, backend drivers.Backend, bootstrap string, reg schema.Registry) schema.Registry {
	if reg.Assumed() || reg.Flavour().Known() {
		return reg // the tables have what such servers list
	}
	document, err := listedKeys(ctx, backend, bootstrap, reg.Flavour())
	if err != nil {
		return reg
	}
	text, err := json.Marshal(document)
	list, wrong := schema.ReadMetadata(text)
	if err != nil || wrong != nil {
		return reg
	}
	return reg.Told(list)
}
