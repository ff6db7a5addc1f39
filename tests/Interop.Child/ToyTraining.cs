using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Randomness;
using MtrlFunctional.Replay;
using MtrlFunctional.Spaces;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Tests.Child;

/// <summary>
/// A run with everything that storage sees of a real one (parameters, replay, counters, logs), so
/// small that it can be killed hundreds of times. Each step depends on all before it.
/// </summary>
public sealed class ToyTraining : IDisposable
{
    private static readonly ReplayShape Shape = new()
    {
        Tasks = 2,
        Spec = new(new(ListModule.OfSeq([7]), ElementType.Float32, frames: 2, tail: 1), ActionSpace.NewBox(2), horizon: 100, terminates: false),
        CapacityPerTask = 60,
        BytesOfFile = 280,
    };

    private readonly RunFolder _run;
    private readonly RunLock _lock;
    private readonly RunLogs _logs;
    private readonly TaskReplay _replay;
    private readonly float[][] _obs = [new float[7], new float[7]];
    private Checkpoint? _saved;
    private double _parameter;

    /// <summary>Goes on from the newest whole checkpoint, or begins.</summary>
    public ToyTraining(string folder)
    {
        _run = new RunFolder(folder);
        _lock = _run.Claim();
        _saved = _run.Checkpoints.Latest();
        if (_saved is not null)
            _run.Checkpoints.SetAsideAfter(_saved.Info.Step);
        _logs = new RunLogs(_run, DateTimeOffset.UnixEpoch, tensorBoard: true, _saved?.Info);
        if (_saved is null)
        {
            _run.WriteConfig("toy: true\n");
            _replay = new TaskReplay(Shape);
            return;
        }

        Step = _saved.Info.Step;
        _replay = ReplayStore.Load(Shape, _saved);
        using var file = _saved.OpenTensors("state.safetensors");
        _parameter = file.ReadDoubles("parameter")[0];
        _obs = [.. file.ReadFloats("obs").Chunk(7)];
    }

    public long Step { get; private set; }

    /// <summary>Trains to a step and saves at every multiple of an interval.</summary>
    public void RunTo(long end, int interval)
    {
        while (Step < end)
        {
            Advance();
            if (Step % interval == 0)
                Save();
        }
    }

    /// <summary>All that must be equal after a resume: files of the run and what the replay would draw.</summary>
    public string Fingerprint()
    {
        var drawn = _replay.DrawBalanced(KeyModule.OfSeed(Step), 20).Slots.SelectMany(s => s);
        var stored = _replay.Rings.SelectMany(ring => ring.Runs(ring.First, ring.End).Select(
            run => Convert.ToHexString(ring.RecordsOf(run)) + Convert.ToHexString(MemoryMarshal.AsBytes(ring.FlagsOf(run)))));
        return string.Join(
            "\n",
            [
                _parameter.ToString("R", CultureInfo.InvariantCulture), string.Join(" ", drawn), .. stored,
                File.ReadAllText(_run.TrainLogFile), File.ReadAllText(_run.MetricsFile),
                .. Directory.GetFiles(_run.Path, "events.*").Select(f => Convert.ToHexString(File.ReadAllBytes(f))),
            ]);
    }

    public void Dispose()
    {
        _logs.Dispose();
        _lock.Dispose();
    }

    /// <summary>Saves now.</summary>
    public void Save()
    {
        var info = new CheckpointInfo
        {
            Step = Step,
            Configuration = "toy",
            ProcessorModel = "",
            Threads = 1,
            Precision = "fp64",
            Logs = _logs.Positions(),
        };
        using var writer = _run.Checkpoints.Begin(info, ReplayStore.BytesToSave(_replay, _saved));
        writer.WriteTensors(
            "state.safetensors",
            [SafetensorsEntry.Of("parameter", [_parameter]), SafetensorsEntry.Of("obs", [.. _obs.SelectMany(o => o)], 2, 7)]);
        ReplayStore.Save(_replay, writer, _saved);
        _saved = writer.Commit();
        _run.Checkpoints.Retain(1);
    }

    private void Advance()
    {
        for (var task = 0; task < 2; task++)
        {
            if (Step % 9 == 0)
            {
                _obs[task] = [Step, task, 1, Step, task, 1, 5];
                _replay.BeginEpisode(task, _obs[task]);
            }

            float[] next = [(float)Math.Sin(_parameter + Step), task, Step, .. _obs[task][..3], 5];
            _replay.Add(task, [Step, task], (float)_parameter, next, terminal: false);
            _obs[task] = next;
        }

        var draw = _replay.DrawBalanced(KeyModule.At(Step, KeyModule.OfSeed(1)), 4);
        foreach (var slot in draw.Slots.SelectMany(s => s))
            _parameter = Math.Cos((_parameter * 1.7) + slot);
        Step++;
        _logs.Train.Append($"| train | S: {Step} | P: {_parameter.ToString("F4", CultureInfo.InvariantCulture)}");
        _logs.Metrics.Append("train", Step, [new("parameter", _parameter)]);
        _logs.Events!.Append(DateTimeOffset.UnixEpoch.AddSeconds(Step), Step, [new("Train/parameter", _parameter)]);
    }
}
