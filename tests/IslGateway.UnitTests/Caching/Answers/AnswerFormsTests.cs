using System.Buffers;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using CsCheck;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.UnitTests.Caching.Tiers;

namespace IslGateway.UnitTests.Caching.Answers;

/// <summary>Whatever forms of a body are held, callers are given the same bytes, and few of them pay for a form.</summary>
public sealed class AnswerFormsTests
{
    private static readonly BufferBudget Room = new(64 << 20);

    private static readonly Gen<string> Ids = Gen.String[Gen.Char["abcXYZ019._:-"], 1, 100];

    /// <summary>Bodies that deflate well and badly, with gaps anywhere, and what becomes of them.</summary>
    private static readonly Gen<(byte[] Body, int[] Gaps, (Step Step, string Id)[] Steps)> Lives =
        from body in Gen.OneOf(Gen.Byte.Array[0, 3_000], Gen.Int[0, 9].Select(digit => (byte)('0' + digit)).Array[1_000, 3_000])
        from gaps in Gen.Int[0, body.Length].Array[0, 4]
        from steps in Gen.Select(Gen.Enum<Step>(), Ids).Array[1, 40]
        select (body, gaps.Order().ToArray(), steps);

    private enum Step
    {
        /// <summary>A hit of a caller without gzip.</summary>
        Plain,

        /// <summary>A hit of a caller with gzip.</summary>
        Packed,

        /// <summary>Many hits of such callers in a row.</summary>
        PackedOften,

        /// <summary>Memory is needed.</summary>
        LetOneGo,

        /// <summary>Something reads the body: a write to Redis, a comparison.</summary>
        Read,
    }

    [Fact]
    public void Hits_InAnyOrder_GetWhatAnAnswerThatKeepsBothFormsGives() => Lives.Sample((body, gaps, steps) =>
    {
        var answer = AnswerOf(body, gaps, new Keeper());
        foreach (var (step, id) in steps)
        {
            switch (step)
            {
                case Step.Plain:
                    Assert.Equal(Spliced(body, gaps, id), PlainOf(answer, id));
                    Assert.Equal(Spliced(body, gaps, id).Length, answer.LengthFor(id));
                    break;
                case Step.Packed or Step.PackedOften:
                    for (var i = step == Step.Packed ? 1 : 70; i > 0 && answer.Pack(Room) is { } packed; i--)
                        AssertIsGzipOf(Spliced(body, gaps, id), packed, id);
                    break;
                case Step.LetOneGo:
                    answer.LetOneGo();
                    break;
                default:
                    Assert.Equal(body, answer.Body.ToArray());
                    break;
            }
        }
    });

    [Fact]
    public void Hits_AtTheSameTime_GetTheirBytes()
    {
        var (body, gaps) = (Text(2_000), (int[])[0, 700, 2_000]);
        var answer = AnswerOf(body, gaps, new Keeper());
        Parallel.For(0, 8, worker =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 3_000; i++)
            {
                var id = $"req-{worker}-{i}";
                var kind = random.Next(40);
                if (kind < 5) answer.LetOneGo();
                else if (kind < 12) Assert.Equal(Spliced(body, gaps, id), PlainOf(answer, id));
                else AssertIsGzipOf(Spliced(body, gaps, id), answer.Pack(Room)!, id);
            }
        });
    }

    [Fact]
    public void Pack_OfWhatIsKept_TakesThePlacesOfThePlainForm()
    {
        var keeper = new Keeper();
        var answer = AnswerOf(Text(2_000), [10], keeper);
        var plain = answer.Size;

        var packed = answer.Pack(Room);

        Assert.Same(packed, answer.Pack(Room));
        Assert.Equal((1, 0), (keeper.Changes, Room.InUse));
        Assert.Equal(plain - HeapSize.OfArray(2_000) + packed!.Size, answer.Size);
        Assert.Equal(Text(2_000), answer.Body.ToArray());
        Assert.Equal(plain - HeapSize.OfArray(2_000) + packed.Size, answer.Size);
    }

    [Fact]
    public void Pack_OfWhatNobodyKeeps_LeavesThePlainForm()
    {
        var answer = AnswerOf(Text(2_000), [10]);
        var plain = answer.Plain();

        Assert.NotNull(answer.Pack(Room));

        Assert.Same(plain, answer.Plain());
    }

    /// <summary>The array tells whether it was made anew.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 50, 1)]
    [InlineData(50, 1, 1)]
    [InlineData(1, 100, 2)]
    [InlineData(1, 5_000, 8)]
    public void Hits_OfAMixedStream_SeldomPayForAForm(int plain, int packed, int most)
    {
        var answer = AnswerOf(Text(2_000), [10], new Keeper());
        HashSet<object> plainForms = new(ReferenceEqualityComparer.Instance), packedForms = new(ReferenceEqualityComparer.Instance);
        answer.Pack(Room);

        for (var round = 0; round < 200; round++)
        {
            for (var i = 0; i < plain; i++) plainForms.Add(answer.Plain());
            for (var i = 0; i < packed; i++) packedForms.Add(answer.Pack(Room)!);
        }

        Assert.InRange(plainForms.Count + packedForms.Count, 2, most + 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hits_OfOneKindForLong_LetTheOtherFormGo(bool isPacked)
    {
        var keeper = new Keeper();
        var answer = AnswerOf(Text(2_000), [10], keeper);
        var plain = answer.Size;
        var packed = plain - HeapSize.OfArray(2_000) + answer.Pack(Room)!.Size;
        answer.Plain();
        Assert.True(answer.Size > plain);
        var changes = keeper.Changes;

        for (var i = 0; i < AnswerForms.Patience; i++)
        {
            Assert.Equal(changes, keeper.Changes);
            if (isPacked) answer.Pack(Room);
            else answer.Plain();
        }

        Assert.Equal((changes + 1, isPacked ? packed : plain), (keeper.Changes, answer.Size));
    }

    [Fact]
    public void Pack_OfWhatGetsNoSmaller_IsNotKeptNorTriedAgain()
    {
        var keeper = new Keeper();
        var body = new byte[2_000];
        new Random(1).NextBytes(body);
        var answer = AnswerOf(body, [10], keeper);
        var size = answer.Size;

        Assert.Null(answer.Pack(Room));

        Assert.Equal((size, 0), (answer.Size, keeper.Changes));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(answer.Pack(Room));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>What leaves the process, and what is compared, does not depend on what callers asked for.</summary>
    [Fact]
    public void Pack_OfWhatIsKept_ChangesNothingForRedisOrComparisons()
    {
        var (answer, packed) = (AnswerOf(Text(2_000), [10], new Keeper()), AnswerOf(Text(2_000), [10], new Keeper()));
        packed.Pack(Room);

        Assert.Equal(AnswerEnvelope.Encode(SampleAnswers.Key(1), answer), AnswerEnvelope.Encode(SampleAnswers.Key(1), packed));
        Assert.True(AnswerComparison.AreEqual(answer, packed, []));
        Assert.Equal(answer.LengthFor("id"), packed.LengthFor("id"));
        var dated = packed.Dated(7, default);
        Assert.Equal(answer.Size, dated.Size);
        SampleAnswers.AssertSame(answer, dated);
    }

    private static byte[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)('a' + (i * i % 17)))];

    private static StoredAnswer AnswerOf(byte[] body, int[] gaps, IAnswerKeeper? keeper = null) =>
        new() { StatusCode = 200, Headers = [], Body = body, IdGaps = gaps, Keeper = keeper };

    private static byte[] Spliced(byte[] body, int[] gaps, string id)
    {
        var whole = new List<byte>();
        for (var at = 0; at <= body.Length; at++)
        {
            foreach (var _ in gaps.Where(gap => gap == at)) whole.AddRange(Encoding.ASCII.GetBytes(id));
            if (at < body.Length) whole.Add(body[at]);
        }

        return [.. whole];
    }

    private static byte[] PlainOf(StoredAnswer answer, string id)
    {
        var written = new ArrayBufferWriter<byte>();
        AnswerPieces.Write(written, answer, id);
        return written.WrittenSpan.ToArray();
    }

    /// <summary>The library's own reader takes any checksum.</summary>
    private static void AssertIsGzipOf(byte[] plain, PackedAnswer packed, string id)
    {
        var written = new ArrayBufferWriter<byte>();
        packed.Write(written, id);
        Assert.Equal(packed.LengthFor(id), written.WrittenCount);
        using var gzip = new GZipStream(new MemoryStream(written.WrittenSpan.ToArray()), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        gzip.CopyTo(unpacked);
        Assert.Equal(plain, unpacked.ToArray());
        Assert.Equal(Crc32.HashToUInt32(plain), BitConverter.ToUInt32(written.WrittenSpan[^8..]));
        Assert.Equal(plain.Length, BitConverter.ToInt32(written.WrittenSpan[^4..]));
    }

    private sealed class Keeper : IAnswerKeeper
    {
        private int _changes;

        public int Changes => _changes;

        public void Changed() => Interlocked.Increment(ref _changes);
    }
}
