using CsCheck;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.UnitTests.Caching;
using IslGateway.Workflows.Kept;

namespace IslGateway.UnitTests.Workflows.Kept;

public sealed class KeptEnvelopeTests : IDisposable
{
    private readonly LiveSettings _settings = new();

    public void Dispose() => _settings.Dispose();

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Double[0.001, 1e9], Gen.String[0, 20]).Sample((body, count, value) =>
        {
            var record = Record(body, count, value);
            var bytes = KeptEnvelope.Encode(record, before: 3, after: 5);
            var read = KeptEnvelope.Decode(bytes.AsSpan(3..^5), record.Id, _settings.Table)!;
            return (read.Tokens, read.Carried, read.Id) == (record.Tokens, record.Carried, record.Id)
                && read.Request.Body.Span.SequenceEqual(body)
                && read.Request.Headers.SequenceEqual(record.Request.Headers)
                && read.Request with { Body = default, Headers = [] } == record.Request with { Body = default, Headers = [] };
        });

    [Fact]
    public void Decode_CutOrAltered_IsNone()
    {
        var record = Record([1, 2, 3], 2, "v");
        var whole = KeptEnvelope.Encode(record, before: 0, after: 0);
        for (var length = 0; length < whole.Length; length++)
            Assert.Null(KeptEnvelope.Decode(whole.AsSpan(0, length), record.Id, _settings.Table));
        for (var at = 0; at < whole.Length; at++)
        {
            var altered = whole.ToArray();
            altered[at] ^= 4;
            Assert.Null(KeptEnvelope.Decode(altered, record.Id, _settings.Table));
        }
    }

    [Fact]
    public void Decode_UnderAnothersName_IsNone() =>
        Assert.Null(KeptEnvelope.Decode(
            KeptEnvelope.Encode(Record([1], 1, "v"), before: 0, after: 0), Digest.Random(), _settings.Table));

    /// <summary>The table may be another one than that of the gateway that wrote it.</summary>
    [Fact]
    public void Decode_ARowThatIsNotDeterministicHere_IsNone()
    {
        using var stricter = new LiveSettings(("Endpoints:CausalValidate:Cache", "None"));
        using var sharing = new LiveSettings(("Cache:CredentialScope", "Shared"));
        var record = Record([1], 1, "v");
        var bytes = KeptEnvelope.Encode(record, before: 0, after: 0);

        Assert.NotNull(KeptEnvelope.Decode(bytes, record.Id, _settings.Table));
        Assert.Null(KeptEnvelope.Decode(bytes, record.Id, stricter.Table));
        Assert.Null(KeptEnvelope.Decode(bytes, record.Id, sharing.Table));
    }

    private KeptRecord Record(byte[] body, double count, string value) => new(
        new KeptRequest
        {
            Row = _settings.Row("CausalValidate"),
            Method = "POST",
            Target = "/api/v1/causal/validate?x=1",
            Scheme = "https",
            Headers = [new("X-Version", value)],
            Body = body,
            Count = count,
            Seconds = 2.5,
            Owner = Digest.OfText("ann"),
            Question = Digest.OfText("question"),
            Epoch = Digest.OfText("epoch"),
        },
        new PurgeTokens(Digest.OfText("all"), Digest.OfText("row")), Digest.OfText("carried"));
}
