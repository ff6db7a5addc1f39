namespace MtrlFunctional.Rendering;

/// <summary>Writes the frames of a video into a file.</summary>
internal interface IVideoEncoder : IDisposable
{
    /// <summary>Adds a frame.</summary>
    /// <param name="pixels">height × width × 3 bytes.</param>
    void Add(byte[] pixels);

    /// <summary>Completes the file. <see cref="IDisposable.Dispose"/> without it leaves a part of it.</summary>
    void Finish();
}
