using System.Globalization;
using Google.Protobuf;

namespace IslGateway.FunctionalTests.Tracing;

/// <summary>
/// Reads OTLP's <c>ExportTraceServiceRequest</c> as far as tests look at it; the numbers are those of its fields
/// (<c>opentelemetry/proto/trace/v1/trace.proto</c>).
/// </summary>
internal static class OtlpReader
{
    private const int ErrorStatus = 2;

    public static IEnumerable<OtlpSpan> Read(byte[] request) =>
        from resourceSpans in Messages(ByteString.CopyFrom(request), 1)
        let resource = Messages(resourceSpans, 1).Select(one => Attributes(one, 1)).FirstOrDefault() ?? []
        from scopeSpans in Messages(resourceSpans, 2)
        from span in Messages(scopeSpans, 2)
        select Span(span, resource);

    private static OtlpSpan Span(ByteString span, Dictionary<string, string> resource) => new()
    {
        TraceId = Hex(span, 1),
        SpanId = Hex(span, 2),
        TraceState = Text(span, 3),
        ParentId = Hex(span, 4),
        Name = Text(span, 5),
        Kind = (int)Number(span, 6),
        Attributes = Attributes(span, 9),
        Links = [.. Messages(span, 13).Select(link => Hex(link, 2))],
        IsError = Messages(span, 15).Any(status => Number(status, 3) == ErrorStatus),
        Resource = resource,
    };

    private static Dictionary<string, string> Attributes(ByteString message, int field) =>
        Messages(message, field).ToDictionary(pair => Text(pair, 1), pair => Value(Messages(pair, 2).First()));

    private static string Value(ByteString value) => Fields(value).FirstOrDefault() switch
    {
        (1, ByteString text) => text.ToStringUtf8(),
        (2, ulong flag) => flag == 1 ? "true" : "false",
        (3, ulong number) => ((long)number).ToString(CultureInfo.InvariantCulture),
        var (_, other) => other?.ToString() ?? "",
    };

    private static IEnumerable<ByteString> Messages(ByteString message, int field) =>
        Fields(message).Where(one => one.Field == field).Select(one => (ByteString)one.Value);

    private static string Text(ByteString message, int field) => Messages(message, field).FirstOrDefault()?.ToStringUtf8() ?? "";

    private static string Hex(ByteString message, int field) =>
        Convert.ToHexStringLower((Messages(message, field).FirstOrDefault() ?? ByteString.Empty).Span);

    private static ulong Number(ByteString message, int field) =>
        Fields(message).Where(one => one.Field == field).Select(one => (ulong)one.Value).FirstOrDefault();

    private static IEnumerable<(int Field, object Value)> Fields(ByteString message)
    {
        using var input = message.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            yield return (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.LengthDelimited => input.ReadBytes(),
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => (object)(ulong)input.ReadFixed32(),
                var other => throw new InvalidDataException($"Wire type {other} is not used by OTLP."),
            });
        }
    }
}
