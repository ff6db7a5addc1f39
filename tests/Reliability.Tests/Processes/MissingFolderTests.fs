namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Reliability.Tests.TrainingProcess
open MtrlFunctional.Tests

/// Files and folders that a run loses, and ones that a machine does not have or does not let it write.
[<TestFixture; NonParallelizable>]
type ``a run without some of its files``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-missing-").FullName

    let stepOf name = TrainingProcess.stepOf folder name
    let lastStep = 60L
    let short = [ "logger.use_tb=True"; $"experiment.num_train_steps={lastStep}" ]

    /// A name space of its own, in which home and temporary folder are read-only, and /dev has neither shm nor a terminal.
    let bare =
        """
        exec unshare -rm bash -c '
            mount -t tmpfs -o ro none "$HOME" && mount -t tmpfs -o ro none "$TMPDIR" &&
            mount -t tmpfs none "$DEVICES" &&
            for name in null zero full random urandom; do
                touch "$DEVICES/$name" && mount --bind /dev/$name "$DEVICES/$name" || exit 77
            done &&
            ln -s /proc/self/fd "$DEVICES/fd" && mount --move "$DEVICES" /dev &&
            ! touch "$HOME/file" 2>/dev/null && ! test -e /dev/shm || exit 77
            exec {run}' "$0" "$@" """

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    /// A log of TensorBoard, then the whole folder; in the long form the run is stopped and resumed between them.
    [<Test>]
    member _.``goes on without its log of TensorBoard, and ends without its folder``() =
        let run = folderOf folder "removed"

        let events () =
            Directory.GetFiles(run.Path, "events.out.tfevents.*")

        let awaitMore running =
            let lines = File.ReadAllLines run.TrainLogFile
            awaitLines running run (lines.Length + 6)
            Assert.That(running.HasExited, Is.False)

        let stopAndResume (running: Diagnostics.Process) =
            signal running 15
            let code, _, error = finish running
            Assert.That(code, Is.EqualTo 143, error)
            Assert.That(error, Is.Empty)
            Assert.That(stepOf "removed", Is.Positive)
            let resumed = shell "exec {run}" [ "resume"; run.Path ]
            awaitMore resumed
            Assert.That(events (), Has.Length.EqualTo 1)
            resumed

        let logging = [ "logger.use_tb=True"; "experiment.save_freq=50" ]
        let started = shell "exec {run}" (words folder "removed" (endless @ logging))
        awaitLines started run 5
        Assert.That(events (), Has.Length.EqualTo 1)
        File.Delete(events () |> Array.head)
        awaitMore started
        use running = if LongForm.isAsked then stopAndResume started else started
        // At once, also while it saves.
        Directory.Move(run.Path, Path.Combine(folder, "elsewhere"))
        let code, _, error = finish running
        Assert.That(code, Is.EqualTo MtrlFunctional.ExitCode.Stopped, error)
        Assert.That(error.TrimEnd().Split '\n', Has.Length.EqualTo 1, error)

        Assert.That(error, (Does.StartWith "mtrl: ").And.Not.Contains "unexpected")

    /// In the long form also folders that no process can make, whoever it belongs to.
    [<Test>]
    member _.``trains with a home and a temporary folder that are read-only, without shared memory``
        ()
        =
        let place name =
            (Directory.CreateDirectory(Path.Combine(folder, name))).FullName

        let requireTrained name line =
            let code, _, error = finish (shell line (words folder name short))

            if code = 77 || error.StartsWith "unshare" || error.StartsWith "mount" then
                Assert.Ignore $"name spaces of mounts are not allowed here: {error}"

            Assert.That(code, Is.Zero, error)
            Assert.That(error, Is.Empty)
            Assert.That(stepOf name, Is.EqualTo lastStep)

        if LongForm.isAsked then
            requireTrained "nowhere" "export HOME=/proc/none TMPDIR=/dev/null/none; exec {run}"

        let home, temporary, devices = place "home", place "temporary", place "devices"
        requireTrained "bare" $"export HOME={home} TMPDIR={temporary} DEVICES={devices}; {bare}"
