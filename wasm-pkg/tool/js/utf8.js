// UTF-8 encoding and decoding, as far as the code below needs it.
const utf8 = {
    encode(text) {
        const bytes = new Uint8Array(text.length * 3);
        return bytes.slice(0, this.encodeInto(text, bytes).written);
    },
    encodeInto(text, bytes) {
        let at = 0;
        for (let i = 0; i < text.length; i++) {
            let c = text.codePointAt(i);
            if (c > 0xffff) i++;
            else if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
            if (c < 0x80) {
                bytes[at++] = c;
                continue;
            }
            if (c < 0x800) bytes[at++] = 0xc0 | (c >> 6);
            else {
                if (c < 0x10000) bytes[at++] = 0xe0 | (c >> 12);
                else {
                    bytes[at++] = 0xf0 | (c >> 18);
                    bytes[at++] = 0x80 | ((c >> 12) & 63);
                }
                bytes[at++] = 0x80 | ((c >> 6) & 63);
            }
            bytes[at++] = 0x80 | (c & 63);
        }
        return { read: text.length, written: at };
    },
    // The input is always a Rust string, so it is valid UTF-8.
    decode(bytes) {
        let text = '';
        for (let i = 0; bytes && i < bytes.length;) {
            const c = bytes[i++];
            let point = c;
            if (c >= 0xf0) {
                point = ((c & 7) << 18) | ((bytes[i++] & 63) << 12) | ((bytes[i++] & 63) << 6) | (bytes[i++] & 63);
            } else if (c >= 0xe0) point = ((c & 15) << 12) | ((bytes[i++] & 63) << 6) | (bytes[i++] & 63);
            else if (c >= 0xc0) point = ((c & 31) << 6) | (bytes[i++] & 63);
            text += String.fromCodePoint(point);
        }
        return text;
    },
};
