namespace IslGateway.Caching.Answers;

/// <summary>Keeps an answer, and counts its bytes.</summary>
internal interface IAnswerKeeper
{
    /// <summary>The answer holds more than when it was taken in.</summary>
    void Grew(long bytes);
}
