module MtrlFunctional.Reliability.Tests.Processes.MissingFolderTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Reliability.Tests.TrainingProcess
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests

/// Files and folders that a run loses, and ones that a machine does not have or does not let it write.
let ``a run without some of its files`` = [
    let folder = TestFolder.create "missing"

    let stepOf name = TrainingProcess.stepOf folder name
    let lastStep = 25L
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

    /// A log of TensorBoard, then the whole folder; in the long form the run is stopped and resumed between them.
    testCase "goes on without its log of TensorBoard, and ends without its folder" (fun () ->
        let run = folderOf folder "removed"

        let events () =
            Directory.GetFiles(run.Path, "events.out.tfevents.*")

        let awaitMore running =
            let lines = File.ReadAllLines run.TrainLogFile
            awaitLines running run (lines.Length + 6)
            running.HasExited |> isFalse

        let stopAndResume (running: Diagnostics.Process) =
            signal running 15
            let code, _, error = finish running
            code |> Expect.equal error 143
            error |> isEmpty
            stepOf "removed" |> isAbove 0L
            shell "exec {run}" [ "resume"; run.Path ]

        let logging = [ "logger.use_tb=True"; "experiment.save_freq=50" ]
        use started = shell "exec {run}" (words folder "removed" (endless @ logging))
        awaitLines started run 5
        events () |> hasLength 1
        File.Delete(events () |> Array.head)
        awaitMore started
        use running = if LongForm.isAsked then stopAndResume started else started

        if LongForm.isAsked then
            awaitMore running
            events () |> hasLength 1

        // At once, also while it saves.
        Directory.Move(run.Path, Path.Combine(folder, "elsewhere"))
        let code, _, error = finish running
        code |> Expect.equal error MtrlFunctional.ExitCode.Stopped
        // A resumed run tells of the lines that the log has lost.
        let lines = if LongForm.isAsked then 2 else 1
        error.TrimEnd().Split '\n' |> Expect.hasLength error lines
        error |> startsWith "mtrl: "
        error |> lacks "unexpected")

    /// In the long form also folders that no process can make, whoever it belongs to.
    testCase
        "trains with a home and a temporary folder that are read-only, without shared memory"
        (fun () ->
            let place name =
                (Directory.CreateDirectory(Path.Combine(folder, name))).FullName

            let requireTrained name line =
                let code, _, error = finish (shell line (words folder name short))

                if code = 77 || error.StartsWith "unshare" || error.StartsWith "mount" then
                    skiptest $"name spaces of mounts are not allowed here: {error}"

                code |> Expect.equal error 0
                error |> isEmpty
                stepOf name |> equals lastStep

            if LongForm.isAsked then
                requireTrained "nowhere" "export HOME=/proc/none TMPDIR=/dev/null/none; exec {run}"

            let home, temporary, devices = place "home", place "temporary", place "devices"

            requireTrained
                "bare"
                $"export HOME={home} TMPDIR={temporary} DEVICES={devices}; {bare}")
]
