using System.Diagnostics.Metrics;

namespace MtrlFunctional.Tests.Tracking;

/// <summary>Metrics of runs for listeners of System.Diagnostics.Metrics.</summary>
public sealed class TrainingMeterTests
{
    [Test]
    public void AListenerReceivesCountersAndGauges()
    {
        var received = new List<(string Name, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == TrainingMeter.Name)
                listening.EnableMeasurementEvents(instrument);
        };
        void Receive(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            received.Add((instrument.Name, value, tags.ToArray().ToDictionary()));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Receive(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Receive(instrument, value, tags));
        listener.Start();

        using var folder = new TemporaryFolder();
        using (var run = TrainingRun.Start(SmallRuns.Of(folder.Path)))
        {
            run.Run();
            listener.RecordObservableInstruments();
            var evaluation = run.LastEvaluation!;
            var last = received.Last(one => one.Name == "mtrl.task.return" && Equals(one.Tags["mtrl.task"], "push-v3"));
            Assert.That(last.Value, Is.EqualTo(evaluation.Tasks[1].Return));
            Assert.That(last.Tags["mtrl.mode"], Is.EqualTo("eval"));
            Assert.That(received.Single(one => one.Name == "mtrl.environment.steps").Value, Is.EqualTo(180), "2 tasks of 90 steps");
            Assert.That(received.Single(one => one.Name == "mtrl.updates").Value, Is.GreaterThan(0));
        }

        Assert.That(received.Select(one => one.Tags["mtrl.run"]), Is.All.EqualTo("small/seed-1"));
        Assert.That(received.Where(one => one.Name == "mtrl.measurement").Select(one => one.Tags["mtrl.name"]), Does.Contain("policy_loss"));
        received.Clear();
        listener.RecordObservableInstruments();
        Assert.That(received, Is.Empty, "a run that ended is not measured");
    }
}
