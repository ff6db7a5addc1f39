namespace MtrlFunctional.Processes;

/// <summary>Processes that were started together; rank 0 leads. Each function is called in all of them, in the same order.</summary>
/// <remarks>One thread at a time calls. The caller disposes it, in all processes.</remarks>
internal interface ICommunicator : IDisposable
{
    /// <summary>The number of this process, from 0.</summary>
    int Rank { get; }

    /// <summary>Processes.</summary>
    int Size { get; }

    /// <summary>Bytes of each process, at rank 0.</summary>
    /// <returns>At rank 0 the bytes of each rank in order; in the other processes none.</returns>
    byte[][] Gather(byte[] bytes);

    /// <summary>Bytes of rank 0, in all processes.</summary>
    /// <param name="bytes">At rank 0 the bytes to send; not read in the other processes.</param>
    byte[] Broadcast(byte[] bytes);

    /// <summary>Fills bytes of all processes with those of rank 0; all have as many.</summary>
    void Fill(Span<byte> bytes);

    /// <summary>Sends bytes to another process, which receives as many.</summary>
    void Send(int rank, Span<byte> bytes);

    /// <summary>Receives bytes of another process.</summary>
    void Receive(int rank, Span<byte> bytes);
}
