using System.Text;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>Holds the oracle to what CPython 3.11 printed.</summary>
public sealed class PythonJsonTests
{
    [Theory]
    [InlineData("""{"b": [1, 2.50, true], "a": {"z": null, "y": -0}}""", """{"a": {"y": 0, "z": null}, "b": [1, 2.5, true]}""")]
    [InlineData("1e5", "100000.0")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e+16")]
    [InlineData("123456789012345680.0", "1.2345678901234568e+17")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("0.00001234", "1.234e-05")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("-1e-400", "-0.0")]
    [InlineData("4e-324", "5e-324")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("1e100", "1e+100")]
    [InlineData("2.98023223876953125e-8", "2.9802322387695312e-08")]
    [InlineData("9007199254740993.0", "9007199254740992.0")]
    [InlineData("100000000000000000000000000001", "100000000000000000000000000001")]
    [InlineData("\"\\u00e9\\/\\b\u007f\\ud83d\\ude00\"", "\"\\u00e9/\\b\\u007f\\ud83d\\ude00\"")]
    [InlineData("{\"\U0001f600\": 1, \"\uff5e\": 2}", "{\"\\uff5e\": 2, \"\\ud83d\\ude00\": 1}")]
    [InlineData("[1.]", null)]
    [InlineData("[01]", null)]
    [InlineData("[NaN]", null)]
    [InlineData("""{"a":1,"a":2}""", null)]
    public void Dumps_SortedKeys_IsAsCPythonPrints(string body, string? expected) =>
        Assert.Equal(expected, PythonJson.Dumps(Encoding.UTF8.GetBytes(body), sortKeys: true));

    [Fact]
    public void Dumps_OwnOrder_KeepsIt() =>
        Assert.Equal("""{"b": 1, "a": 2}""", PythonJson.Dumps("""{"b":1,"a":2}"""u8.ToArray(), sortKeys: false));
}
