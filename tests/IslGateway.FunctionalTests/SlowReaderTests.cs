using System.Net.Sockets;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>How long a caller takes to read its answer is no reason to hold what it has sent.</summary>
public sealed class SlowReaderTests
{
    private const int Readers = 8;
    private const int Body = 1 << 20;
    private const int Answer = 3_000_000;

    [Theory]
    [InlineData(Isl.Validate, "", true)]
    [InlineData(Isl.Validate, "", false)]
    [InlineData(Isl.Validate, "Origin: http://elsewhere", false)]
    [InlineData(Isl.Update, "", false)]
    public async Task SlowReaders_OfLargeAnswers_DoNotHoldTheirRequests(string path, string header, bool isStored)
    {
        await using var rig = await Rig.StartAsync("Cache:SingleInstance=true");
        rig.Sim.Update(knobs => knobs with { BodyPadding = Answer });
        var text = path == Isl.Update ? """{"user_id":"u","response":"A"}""" : Isl.ValidateBody;
        if (isStored) (await rig.PostAsync(path, text)).Dispose();
        if (!isStored && header.Length == 0 && path == Isl.Validate) rig.Sim.Hang(path);

        var readers = new List<Socket>();
        try
        {
            for (var i = 0; i < Readers; i++) readers.Add(await AskAsync(rig.Gateway.Address, path, text, header));
            if (!isStored && header.Length == 0 && path == Isl.Validate)
            {
                await Eventually.TrueAsync(() => rig.Buffers.InUse >= Readers * Body, TimeSpan.FromSeconds(60), "all callers wait");
                rig.Sim.ReleaseHang();
            }

            foreach (var reader in readers) Assert.Equal(1, await reader.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));

            // They have one answer among them, or each its own that is not stored.
            var answers = path == Isl.Update ? Readers : 1;
            await Eventually.TrueAsync(
                () => rig.Buffers.InUse < (answers * Answer * 1.15) + (2 * Body), TimeSpan.FromSeconds(60),
                "the requests are held no longer");
        }
        finally
        {
            foreach (var reader in readers) reader.Dispose();
        }
    }

    private static async Task<Socket> AskAsync(Uri gateway, string path, string body, string header)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await socket.ConnectAsync(gateway.Host, gateway.Port, TestContext.Current.CancellationToken);
        var padded = body + new string(' ', Body - body.Length);
        string[] lines =
            [$"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json", $"Content-Length: {padded.Length}", .. header.Length > 0
                ? [header] : Array.Empty<string>()];
        var request = Encoding.Latin1.GetBytes(RawHttp.Request(padded, lines));
        for (var sent = 0; sent < request.Length;)
            sent += await socket.SendAsync(request.AsMemory(sent), TestContext.Current.CancellationToken);
        return socket;
    }
}
