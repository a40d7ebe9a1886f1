using Workerd = import "/workerd/workerd.capnp";

# workerd serve config.capnp, in a folder with these three modules.
const config :Workerd.Config = (
  services = [(name = "main", worker = .filtered)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const filtered :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "host.mjs", esModule = embed "host.mjs"),
    (name = "filter.mjs", esModule = embed "filter.mjs"),
  ],
  compatibilityDate = "2025-09-15",
);
