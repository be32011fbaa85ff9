using System.Text;
using IslGateway.Telemetry.KeyLogging;

namespace IslGateway.UnitTests.Telemetry.KeyLogging;

public sealed class KeyLogLineTests
{
    private const string Whole =
        """{"t":1764500000.123456,"row":"CausalValidate","key":"9f86d081884c7d65","epoch":"003c9909","cache":"hit","detail":"memory",""" +
        "\"took\":0.000213,\"cost\":0.0051273,\"bytes\":2412,\"ttl\":3412.5,\"stale\":86400}";

    [Theory]
    [InlineData(Whole)]
    [InlineData("""{"t":1764500000.000000,"row":"CausalValidate","cache":"bypass","detail":"cross-origin","took":0.5,"cost":0.25}""")]
    [InlineData("""{"t":1.000000,"row":"A","key":"0000000000000001","epoch":"00000001","cache":"miss","took":0,"cost":0}""")]
    public void AppendTo_ALineThatWasRead_IsTheSame(string line)
    {
        Assert.True(KeyLogLine.TryParse(Encoding.UTF8.GetBytes(line), out var read));

        var text = new StringBuilder();
        read.AppendTo(text);

        Assert.Equal(line + "\n", text.ToString());
    }

    [Fact]
    public void TryParse_AWholeLine_GivesItsMembers()
    {
        Assert.True(KeyLogLine.TryParse(Encoding.UTF8.GetBytes(Whole), out var read));

        Assert.Equal((0x9f86d081884c7d65, 0x003c9909u, "CausalValidate"), (read.Key, read.Epoch, read.Row));
        Assert.Equal((0.0051273, 2_412, 3_412.5, 86_400), (read.Cost, read.Bytes, read.Ttl, read.Stale));
        Assert.True(read.IsHit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("junk")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"t":1,"row":"A"}""")]
    [InlineData("""{"t":1,"row":"","cache":"hit"}""")]
    [InlineData("""{"t":1,"row":null,"cache":"hit"}""")]
    [InlineData("""{"t":-1,"row":"A","cache":"hit"}""")]
    [InlineData("""{"t":1e12,"row":"A","cache":"hit"}""")]
    [InlineData("""{"t":1,"row":"A","cache":"hit","bytes":-1}""")]
    [InlineData("""{"t":1,"row":"A","cache":"hit","bytes":99999999999}""")]
    [InlineData("""{"t":1,"row":"A","cache":"hit","key":"xyz"}""")]
    [InlineData("""{"t":1,"row":"A","cache":"hit","epoch":"123456789"}""")]
    [InlineData("""{"t":1764500000.123456,"row":"CausalValidate","key":"9f86d0""")]
    public void TryParse_AnythingElse_IsFalse(string line) => Assert.False(KeyLogLine.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Fact]
    public void Head_WrittenAndRead_IsTheSame_AndNoLine()
    {
        var head = new KeyLogHead { Format = 1, Started = 17, SizeLimit = 1 << 28, Jitter = 0.1, RefreshAhead = 0.25 };
        var line = Encoding.UTF8.GetBytes(head.ToLine());

        Assert.Equal(head, KeyLogHead.Parse(line));
        Assert.False(KeyLogLine.TryParse(line, out _));
        Assert.Null(KeyLogHead.Parse(Encoding.UTF8.GetBytes(head.ToLine().Replace("log\":1", "log\":2", StringComparison.Ordinal))));
        Assert.Null(KeyLogHead.Parse("{\"islgateway_key_log\":1"u8));
        Assert.Null(KeyLogHead.Parse(Encoding.UTF8.GetBytes(Whole)));
    }
}
