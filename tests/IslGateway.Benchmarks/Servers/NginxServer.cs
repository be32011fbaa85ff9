using System.Globalization;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Servers;

/// <summary>nginx with <c>proxy_cache</c>, the request body in the key, one worker.</summary>
internal sealed class NginxServer : Server
{
    private readonly string _folder = Directory.CreateTempSubdirectory("islgw-nginx-").FullName;

    public NginxServer(Bench bench)
        : base(bench) => File.WriteAllText(Configuration, Text());

    public override string Name => Names.Nginx;

    public static bool IsInstalled => Programs.Find("nginx") is not null;

    protected override string Program => Programs.Find("nginx")!;

    protected override IEnumerable<string> Arguments => ["-p", _folder, "-c", Configuration, "-e", Path.Combine(_folder, "error.log")];

    private string Configuration => Path.Combine(_folder, "nginx.conf");

    public override void Dispose()
    {
        base.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Text() => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        worker_processes 1;
        user {{Environment.UserName}};
        pid {{_folder}}/nginx.pid;
        events { worker_connections 2048; }
        http {
            access_log off;
            client_body_temp_path {{_folder}}/body;
            proxy_temp_path {{_folder}}/proxy;
            fastcgi_temp_path {{_folder}}/fastcgi;
            uwsgi_temp_path {{_folder}}/uwsgi;
            scgi_temp_path {{_folder}}/scgi;
            client_body_buffer_size 128k;
            client_body_in_single_buffer on;
            keepalive_requests 100000000;
            proxy_buffers 16 8k;
            proxy_cache_path {{_folder}}/cache levels=1:2 keys_zone=answers:128m max_size=1g inactive=2h use_temp_path=off;
            upstream isl { server {{new Uri(Bench.Upstream).Authority}}; keepalive 128; }
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            server {
                listen 127.0.0.1:{{Port}};
                location = {{Paths.Passed}} { proxy_pass http://isl; }
                location = {{Paths.Computed}} { proxy_pass http://isl; }
                location / {
                    proxy_pass http://isl;
                    proxy_cache answers;
                    proxy_cache_methods POST;
                    proxy_cache_key $request_uri|$http_x_api_key|$request_body;
                    proxy_cache_valid 200 1h;
                }
            }
        }
        """);
}
