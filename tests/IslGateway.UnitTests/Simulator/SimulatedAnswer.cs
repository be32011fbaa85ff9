using System.Text;
using System.Text.Json;

namespace IslGateway.UnitTests.Simulator;

internal sealed record SimulatedAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonElement.Parse(Text);
}
