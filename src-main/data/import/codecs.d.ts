declare module '@cornerstonejs/codec-openjpeg/decode';
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
