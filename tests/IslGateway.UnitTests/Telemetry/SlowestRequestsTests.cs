using IslGateway.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Telemetry;

public sealed class SlowestRequestsTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new();
    private readonly SlowestRequests _slowest = new();

    public SlowestRequestsTests() => _slowest.Resize(3);

    [Fact]
    public void Read_MoreThanAreKept_AreTheSlowestInOrder()
    {
        foreach (var seconds in (double[])[1, 5, 2, 4, 3]) Take(seconds);

        Assert.Equal([5, 4, 3], Kept());
    }

    [Fact]
    public void Admit_Full_TakesOnlyWhatIsSlowerThanTheFastestKept()
    {
        Assert.True(_slowest.Admit(TimeSpan.Zero));
        foreach (var seconds in (double[])[1, 2, 3]) Take(seconds);

        Assert.False(_slowest.Admit(TimeSpan.FromSeconds(1)));
        Assert.True(_slowest.Admit(TimeSpan.FromSeconds(1.1)));
    }

    [Fact]
    public void Advance_NewSlice_AdmitsAllAgainAndForgetsNothing()
    {
        foreach (var seconds in (double[])[7, 8, 9]) Take(seconds);
        Pass(Hour / SlowestRequests.Slices);

        Assert.True(_slowest.Admit(TimeSpan.Zero));
        Take(1);
        Assert.Equal([9, 8, 7], Kept());
    }

    [Fact]
    public void Read_SlowOnesAreOverAnHourOld_ShowsTheFasterOnesSince()
    {
        foreach (var seconds in (double[])[70, 80, 90]) Take(seconds);
        for (var i = 0; i < SlowestRequests.Slices; i++)
        {
            Pass(Hour / SlowestRequests.Slices);
            Take(i + 1);
        }

        Pass(TimeSpan.FromTicks(1));
        Assert.Equal([6, 5, 4], Kept());
    }

    [Fact]
    public void Advance_ForEver_KeepsNoMoreThanItsSlices()
    {
        for (var i = 0; i < 100; i++)
        {
            foreach (var seconds in (double[])[1, 2, 3, 4]) Take(seconds);
            _slowest.Advance();
        }

        _slowest.Resize(100);
        Assert.Equal(3 * SlowestRequests.Slices, _slowest.Read(TimeSpan.MaxValue, _time).Count);
    }

    [Fact]
    public void Resize_Fewer_KeepsTheSlowest()
    {
        foreach (var seconds in (double[])[1, 2, 3]) Take(seconds);

        _slowest.Resize(1);

        Assert.Equal([3], Kept());
        Assert.False(_slowest.Admit(TimeSpan.FromSeconds(3)));
    }

    private double[] Kept() => [.. _slowest.Read(Hour, _time).Select(request => request.Duration.TotalSeconds)];

    private void Pass(TimeSpan time)
    {
        _time.Advance(time);
        _slowest.Advance();
    }

    private void Take(double seconds)
    {
        var duration = TimeSpan.FromSeconds(seconds);
        if (!_slowest.Admit(duration)) return;
        _slowest.Keep(new SlowRequest
        {
            Endpoint = "/a",
            RequestId = "r",
            TraceId = null,
            At = _time.GetUtcNow(),
            EndedAt = _time.GetTimestamp(),
            Status = 200,
            CacheStatus = "",
            Duration = duration,
            Upstream = default,
            Queued = default,
        });
    }
}
