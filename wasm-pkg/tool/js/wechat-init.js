let wasm;
let starting;
/** Loads the rules once; the other functions work once the promise resolves. After a failure, call it again. */
exports.init = function () {
    if (!starting) {
        starting = WXWebAssembly.instantiate('PACKAGE_PATH', __wbg_get_imports()).then(
            function (loaded) {
                wasm = loaded.instance.exports;
                if (wasm.__wbindgen_start) wasm.__wbindgen_start();
            },
            function (error) {
                starting = undefined;
                throw error;
            },
        );
    }
    return starting;
};
