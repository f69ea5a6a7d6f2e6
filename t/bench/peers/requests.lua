-- requests.lua METHOD FILE [BODY] - for wrk: asks for the paths in FILE in turn; prints what it measured as JSON.

local requests, last = {}, 0

function init(args)
  if args[3] then wrk.headers["Content-Type"] = "application/json" end
  for path in io.lines(args[2]) do
    requests[#requests + 1] = wrk.format(args[1], path, nil, args[3])
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(all, latency)
  local e = all.errors
  io.write(string.format('\n@{"requests": %d, "us": %d, "p50": %d, "p99": %d, "refused": %d, "lost": %d}\n',
    all.requests, all.duration, latency:percentile(50), latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.timeout))
end
